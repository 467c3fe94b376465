"""A page written from right to left is the mirror of one written from left to right."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:(?:margin|padding|border|inset|scroll-(?:margin|padding))"
    r"-)?(?:left|right)(?:-\w+)?\s*:|(?:float|clear|text-align):\s*(?:left|right))"
)
OURS = sorted((ROOT / "static" / "css").glob("*.css"))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_style_names_a_side(path: Path) -> None:
    assert PHYSICAL.findall(path.read_text()) == []


@pytest.mark.parametrize("rule", ["margin-left: 0", "left: 0", "text-align: right"])
def test_a_side_is_recognised(rule: str) -> None:
    assert PHYSICAL.search(f"p {{ {rule}; }}")
    assert not PHYSICAL.search("p { margin-inline-start: 0; text-align: start; }")
