"""The how-to pages do what they say."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs import pages
from tests.engine.fixtures import own_registry, quick, threads_ended

__all__ = ["own_registry", "quick", "threads_ended"]

SCREEN = 32  # lines of prose, beside the code


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Where a page's code lives, found by whoever looks up a class's module."""
    made = ModuleType("howto_page")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    yield made
    made.__dict__.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", pages.HOWTO, ids=pages.name)
def test_the_code_of_a_page_does_what_it_claims(page: Path, module: ModuleType) -> None:
    pages.execute(page, module)


@pytest.mark.parametrize("page", pages.HOWTO, ids=pages.name)
def test_every_page_claims_something_and_each_claim_is_held(page: Path) -> None:
    assert len(pages.claims(page)) == pages.written_claims(page) >= 2


@pytest.mark.parametrize("page", pages.HOWTO, ids=pages.name)
def test_a_page_is_one_screen_of_prose(page: Path) -> None:
    lines = [line for line in pages.prose(page).splitlines() if line.strip()]
    assert len(lines) <= SCREEN


PAGE = """
```python
def half(number):
    return number / 2

{}
```
"""


@pytest.mark.parametrize(
    "line",
    [
        "half(4)  # -> 3",
        "half(4)  # raises TypeError",
        "with suppress(OSError):\n    half(4)\n    # -> 3",
        "[\n    half(4),\n]\n# -> [2,\n#      3]",
    ],
)
def test_a_claim_that_does_not_hold_fails_the_page(
    line: str, tmp_path: Path, module: ModuleType
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format(f"from contextlib import suppress\n{line}"))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        pages.execute(page, module)


def test_a_claim_that_is_never_checked_is_counted(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format("if True:\n    half(4)  # -> 2\n    half(2)"))
    assert (len(pages.claims(page)), pages.written_claims(page)) == (0, 1)


def test_a_page_is_pasted_into_a_database_of_its_own() -> None:
    """Pages make their own Alice and Bob, who exist in the quickstart's database."""
    index = pages.text(pages.DOCS / "README.md")
    steps = ("export DATA_DIR=", "manage.py migrate", "manage.py shell")
    places = [index.index(step) for step in steps]
    assert places == sorted(places)
