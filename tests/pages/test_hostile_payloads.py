"""Hostile values in every place that shows one: escaped, made visible, harmless."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.template.loader import render_to_string
from pydantic import BaseModel, ConfigDict

from approvals import ApprovalPolicy, rendering
from approvals.models import Approval
from tests.notifications.conftest import Office, office
from tests.pages.conftest import Browser, browser
from workflows import Step, Workflow

__all__ = ["browser", "office"]

pytestmark = pytest.mark.one_database

# What must not be in any page: an element or an address that the value brought along.
LIVE_TAGS = {"iframe", "object", "embed", "base", "marquee", "svg", "math", "style"}
MARK = "evil"
INVISIBLE = "\u202e\u2066\u200b\u200f\ufeff\u00ad\x1b\x07\x7f\u2028\u3164\U000e0041"

HOSTILE: dict[str, Any] = {
    "script": "<script>window.evil = 1</script>",
    "breaks out": "\"'></textarea></title></pre></main><img src=x onerror=evil()>",
    "svg": "<svg onload=evil()><style>*{display:none}</style>",
    "comment": "<!-- evil --><base href=//evil.example><iframe src=//evil.example>",
    "javascript": "javascript:evil()",
    "javascript in disguise": "java\tscript:evil()",
    "data": "data:text/html,<script>evil()</script>",
    "vbscript": "vbscript:evil()",
    "bidi": "invoice\u202egpj.exe \u2066evil\u2069",
    "invisible": f"evil{INVISIBLE}word",
    "nothing to see": "\u3164\u200b",
    "right to left": "\u05d0\u05d1\u05d2 evil 12.50",
    "long word": "evil" * 2_000,
    "long text": "evil words " * 2_000,
    "many lines": "evil\n" * 800,
    "stacked marks": "e" + "\u0301\u0489" * 200 + " evil",
    "homograph": "https://\u0440\u0430ypal.com/evil",
    "name before host": "https://bank.example@evil.example/",
    "backslash": "https:\\\\evil.example\\x",
    "internal": "http://169.254.169.254/latest/evil",
    "markdown link": "[click](javascript:evil()) [bank](https://evil.example)",
    "markdown image": "![x](https://evil.example/seen.png)",
    "markdown html": "<a href='javascript:evil()' onclick=evil()>x</a>",
    "markdown reference": "[a]\n\n[a]: data:text/html;base64,ZXZpbA== 'evil'",
    "markdown nesting": "> " * 200 + "evil",
    "template": "{{ 7 * 7 }}{% include 'evil' %}${evil}#{evil}<%= evil %>",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "formula with a tab": "\t@SUM(evil)",
    "entities": "&lt;script&gt;evil&lt;/script&gt; &#x202e;",
    "huge number": 10**15 * 9,
    "tiny number": 1e-300,
    "absurd decimal": "1E+1000000",
    "no number": "NaN",
    "null": None,
    "empty": "",
}
SCHEMAS: list[dict[str, Any]] = [
    {},
    {"widget": "markdown"},
    {"widget": "image"},
    {"format": "uri"},
    {"format": "email"},
    {"format": "date-time"},
    {"format": "decimal"},
]
# Of these a part is a plain address of the web; it is shown in full where it leads.
LINKS = {"internal", "markdown link", "markdown image"}
KEYS = ["<b onclick=evil()>k</b>", "{{ key }}", "\u202eyek", "__proto__", "a.b", " "]


def deep(levels: int) -> Any:
    value: Any = "evil <script>evil()</script>"
    for _level in range(levels):
        value = {"in": [value]}
    return value


class Everything(BaseModel):
    """Any payload, its title among it."""

    model_config = ConfigDict(extra="allow")

    title: str
    fact: str = ""


class Answer(BaseModel):
    approved: bool
    comment: str = ""


def ask(office: Office, **payload: Any) -> Approval:
    def execute(data: Everything, ctx: Any) -> Any:
        return ctx.suspend(data)

    step = Step(
        "ask",
        execute,
        suspend_schema=Everything,
        resume_schema=Answer,
    )
    policy = ApprovalPolicy(groups=["managers"], summary=("fact",))
    workflow = Workflow("hostile", input_schema=Everything)
    workflow.then(policy(step)).commit()
    run = workflow.create_run(initiator=office.ines)
    result = run.start(payload)
    assert result.status == "suspended", result.error
    return Approval.objects.get(run=run.id)


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, addresses and handlers."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        given = {name: value or "" for name, value in attrs}
        marked = any(MARK in value for value in given.values())
        if tag in LIVE_TAGS and (tag not in {"svg", "style"} or marked):
            self.faults.append(f"<{tag}>")
        for name, value in given.items():
            if name.startswith("on") or name == "srcdoc":
                self.faults.append(f"{name}={value[:40]}")
            if name in {"href", "src", "action", "formaction"}:
                self._check(tag, value)

    def _check(self, tag: str, address: str) -> None:
        scheme, _colon, _rest = address.strip().lower().partition(":")
        is_bad = scheme in {"javascript", "vbscript", "data"} and _colon
        if is_bad and not (tag == "img" and address.startswith("data:image/png;")):
            self.faults.append(f"{tag} to {address[:40]}")
        if tag in {"img", "iframe", "script"} and MARK in address:
            self.faults.append(f"{tag} loads {address[:40]}")

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and MARK in data:
            self.faults.append(f"in <{self._inside}>: {data[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def faults(html: str) -> list[str]:
    """What in the page runs, loads or deceives; empty for a good one."""
    unseen = [f"U+{ord(char):04X}" for char in INVISIBLE if char in html]
    return Reader(html).faults + unseen


def test_the_reader_of_these_tests_finds_what_runs_loads_or_hides() -> None:
    for value in (
        HOSTILE["script"],
        HOSTILE["breaks out"],
        HOSTILE["svg"],
        HOSTILE["comment"],
        HOSTILE["markdown html"],
        "<a href='JavaScript:evil()'>",
        "<img src=https://evil.example>",
        *INVISIBLE,
    ):
        assert faults(value), value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_is_text_whatever_its_schema_claims(name: str) -> None:
    value = HOSTILE[name]
    for schema in SCHEMAS:
        kind = {} if isinstance(value, int | float) else {"type": "string"}
        drawn = render_to_string(
            "approvals/_value.html", {"node": rendering.shown(value, kind | schema)}
        )
        assert faults(drawn) == [], schema
        assert 'href="http' not in drawn or name in LINKS, schema


def test_keys_and_nesting_are_text_too() -> None:
    value = {key: deep(15) for key in KEYS}
    drawn = render_to_string("approvals/_value.html", {"node": rendering.shown(value)})
    assert faults(drawn) == []
    assert "&lt;b onclick" in drawn
    assert "U+202E" in drawn


PLACES = [
    "/approvals/{pk}/",
    "/",
    "/?q=evil",
    "/?q=%3Cscript%3Eevil%3C/script%3E",
    "/runs/",
    "/runs/{run}/",
    "/admin/approvals/approval/",
    "/admin/approvals/approval/{pk}/change/",
    "/admin/workflows/run/",
    "/admin/workflows/run/{run}/change/",
]


def test_no_place_that_shows_a_payload_is_harmed(
    office: Office, browser: Browser
) -> None:
    title = f"Pay <script>evil()</script> {{{{ 7 * 7 }}}} \u202eHCIR{INVISIBLE}?"
    values = {name.replace(" ", "_"): value for name, value in HOSTILE.items()}
    approval = ask(
        office,
        title=title,
        fact=HOSTILE["invisible"] + HOSTILE["breaks out"],
        keys={key: HOSTILE["script"] for key in KEYS},
        deep=deep(10),
        rows=[{"what": value} for value in HOSTILE.values()],
        **values,
    )
    root = User.objects.create_superuser("root")
    root.groups.add(office.managers)
    client = browser(root)
    for place in PLACES:
        answer = client.get(place.format(pk=approval.pk, run=approval.run_id))
        assert answer.status_code == 200, place
        page = answer.content.decode()
        assert faults(page) == [], place
        assert "49" not in re.findall(r"Pay .{0,60}?(49)", page), place
    for address in (f"approvals/{approval.pk}", f"runs/{approval.run_id}"):
        answer = client.get(f"/api/v1/{address}/")
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert json.loads(answer.content)
    office.post()
    letters: list[Any] = list(mail.outbox)
    assert letters
    for letter in letters:
        (html, _kind) = letter.alternatives[0]
        assert faults(str(html)) == []
        seen = letter.subject + str(letter.body)
        assert not [f"U+{ord(c):04X}" for c in INVISIBLE if c in seen]
        assert "\n" not in letter.subject
