"""What axe-core finds wrong with a page, in words."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _source() -> str:
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


def faults(page: Page) -> list[str]:
    """One line for each rule and element that break it."""
    # A colour on its way from one scheme to the other is neither.
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    page.evaluate(_source())
    # No script looks into a frame that is shut off, as that of a mail is.
    found = page.evaluate(
        "(tags) => axe.run({runOnly: {type: 'tag', values: tags}, iframes: false})",
        RULES,
    )
    return [
        f"{page.url} {fault['id']} {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
