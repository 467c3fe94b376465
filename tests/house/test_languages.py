"""English and Japanese: chosen by the reader, and nothing left untranslated."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.translation.template import templatize

from tests.architecture.source import ROOT, product_modules, tree

CATALOG = ROOT / "config" / "locale" / "ja" / "LC_MESSAGES" / "django.mo"
MAKE = "`make messages`, translate what is new in the .po file, and again"
# How a message is asked for: the places of its context and of the text itself.
CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1)),
}
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\bn?p?gettext\(\s*{STRING}(?:\s*,\s*{STRING})*")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%n|%s|</?\w+>|\{\w*\}")
CONTEXT = "\x04"  # what parts context and text in a compiled catalog

Message = tuple[str, str]  # context and text


def messages_in(module: ast.AST) -> Iterator[Message]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (places := CALLS.get(called(node))):
            context, text = (text_at(node, place) for place in places)
            if text:
                yield context, text


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", "") or getattr(node.func, "id", ""))


def text_at(node: ast.Call, place: int | None) -> str:
    if place is None or place >= len(node.args):
        return ""
    argument = node.args[place]
    literal = argument.value if isinstance(argument, ast.Constant) else ""
    return literal if isinstance(literal, str) else ""


def messages_of_template(path: Path) -> Iterator[Message]:
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for call in TEMPLATE_CALL.findall(code):
        yield from messages_in(ast.parse(f"{call})"))


def all_messages() -> set[Message]:
    modules = product_modules("config", "workflows", "approvals")
    templates = [path for path in (ROOT / "templates").rglob("*.*") if path.is_file()]
    return {
        *(message for path in modules for message in messages_in(tree(path))),
        *(message for path in templates for message in messages_of_template(path)),
    }


def catalog() -> dict[Message, str]:
    """The translations as the product finds them; of a plural its one form."""
    with CATALOG.open("rb") as file:
        loaded = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    found: dict[Message, str] = {}
    for key, translation in loaded.items():
        context, _, text = (key[0] if isinstance(key, tuple) else key).rpartition(
            CONTEXT
        )
        found[context, text] = translation
    return found


def test_every_message_of_the_product_is_there_in_japanese() -> None:
    translated = catalog()
    missing = sorted(message for message in all_messages() if message not in translated)
    assert missing == [], MAKE


def test_no_translation_outlives_its_message() -> None:
    left = set(catalog()) - all_messages() - {("", "")}
    assert sorted(left) == [], MAKE


def test_a_translation_keeps_what_is_filled_in() -> None:
    for (context, text), translation in catalog().items():
        if text:
            kept = sorted(PLACEHOLDER.findall(translation))
            assert kept == sorted(PLACEHOLDER.findall(text)), (context, text)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("_('a')", [("", "a")]),
        ("ngettext('a', 'b', 2)", [("", "a")]),
        ("pgettext('c', 'a')", [("c", "a")]),
        ("_(a)", []),
        ("other('a')", []),
    ],
)
def test_a_message_is_recognised(source: str, found: list[Message]) -> None:
    assert list(messages_in(ast.parse(source))) == found


@pytest.mark.django_db
def test_the_language_is_the_browsers_until_one_is_chosen(client: Client) -> None:
    client.force_login(User.objects.create_user("alice"))
    japanese = {"Accept-Language": "ja,en;q=0.5"}
    assert '<html lang="ja"' in client.get("/", headers=japanese).text
    chosen = {"language": "en", "next": "/runs/"}
    assert client.post("/preferences/language/", chosen).headers["Location"] == "/runs/"
    assert '<html lang="en"' in client.get("/", headers=japanese).text
    client.post("/preferences/language/", {"language": "ja"})
    page = client.get("/").text
    assert '<html lang="ja"' in page
    assert "対応待ち" in page


@pytest.mark.django_db
def test_a_language_there_is_not_changes_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("alice"))
    client.post("/preferences/language/", {"language": "xx", "next": "//evil.test"})
    assert '<html lang="en"' in client.get("/").text
