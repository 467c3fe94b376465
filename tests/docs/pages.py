"""The pages under ``docs/``: their code, links, headings and tables.

In a how-to page every block fenced as ``python`` is executed, one after the other in
one namespace. A comment behind a statement says what comes of it:

    run.status            # -> "success"      the value equals this expression
    run.resume()          # raises RunNotSuspended

Continued comment lines, indented by three blanks or more, belong to the claim.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
HOWTO = sorted((DOCS / "howto").glob("*.md"))
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CLAIM = re.compile(r"\s*#\s*(->|raises)\s+(.+)")
_CONTINUED = re.compile(r"#\s{3,}(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the page says comes of a statement."""

    raises: bool
    text: str


def name(page: Path) -> str:
    return str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its code."""
    return _FENCED.sub("", text(page))


def blocks(page: Path) -> Iterator[tuple[int, str]]:
    """The executable code of a page, each with the number of its first line."""
    content = text(page)
    for match in _BLOCK.finditer(content):
        yield content.count("\n", 0, match.start(1)) + 1, match[1]


def claims(page: Path) -> list[Claim]:
    """Everything the page claims, in order."""
    return [
        claim
        for _, code in blocks(page)
        for statement in _statements(ast.parse(code).body)
        if (claim := _claim_of(statement, code.splitlines())) is not None
    ]


def execute(page: Path, module: ModuleType) -> None:
    """Run the page's code and hold it to its claims."""
    for first, code in blocks(page):
        # Blank lines before it, so that errors name the page's own lines.
        placed = "\n" * (first - 1) + code
        lines = placed.splitlines()
        _execute_all(ast.parse(placed).body, lines, name(page), module.__dict__)


def _execute_all(
    body: list[ast.stmt], lines: list[str], page: str, known: dict[str, Any]
) -> None:
    for statement in body:
        if isinstance(statement, ast.With):
            with ExitStack() as entered:
                for item in statement.items:
                    manager = eval(_compiled(item.context_expr, page), known)
                    value = entered.enter_context(manager)
                    if isinstance(item.optional_vars, ast.Name):
                        known[item.optional_vars.id] = value
                _execute_all(statement.body, lines, page, known)
        else:
            place = f"{page}:{statement.lineno}"
            _execute(statement, _claim_of(statement, lines), place, known)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a `with` one by one, as they are executed."""
    for statement in body:
        if isinstance(statement, ast.With):
            yield from _statements(statement.body)
        else:
            yield statement


def _execute(
    statement: ast.stmt, claim: Claim | None, place: str, known: dict[str, Any]
) -> None:
    if claim is None:
        exec(_compiled(statement, place), known)
    elif claim.raises:
        with pytest.raises(eval(claim.text, known)):
            exec(_compiled(statement, place), known)
    else:
        assert isinstance(statement, ast.Expr), f"{place}: only values have a `# ->`"
        value = eval(_compiled(statement.value, place), known)
        assert value == eval(claim.text, known), place


def _compiled(code: ast.stmt | ast.expr, place: str) -> Any:
    file = place.partition(":")[0]
    if isinstance(code, ast.expr):
        return compile(ast.Expression(code), file, "eval")
    return compile(ast.Module([code], type_ignores=[]), file, "exec")


def _claim_of(statement: ast.stmt, lines: list[str]) -> Claim | None:
    """The comment behind a statement or below it, with its continuation."""
    last, column = statement.end_lineno or 0, statement.end_col_offset or 0
    behind = lines[last - 1].encode()[column:].decode()
    below = [line.strip() for line in lines[last:]]
    match = _CLAIM.fullmatch(behind)
    if match is None and not behind and below:
        match, below = _CLAIM.fullmatch(below[0]), below[1:]
    if match is None:
        return None
    words = [match[2]]
    for line in below:
        more = _CONTINUED.fullmatch(line)
        if more is None:
            break
        words.append(more[1])
    return Claim(raises=match[1] == "raises", text=" ".join(words))


def written_claims(page: Path) -> int:
    """How many comments in the page's code look like claims."""
    marks = re.compile(r"#\s*(->|raises)\s")
    return sum(len(marks.findall(code)) for _, code in blocks(page))


def links(page: Path) -> list[str]:
    """Where the page's links lead, those into the web left out."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {_anchor(heading) for heading in headings}


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, its own heading row first."""
    _, _, below = prose(page).partition(f"\n{heading}\n")
    table: list[list[str]] = []
    for line in below.splitlines():
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table or line.startswith("#"):
            break
    return [row for row in table if not set("".join(row)) <= set("-: ")]
