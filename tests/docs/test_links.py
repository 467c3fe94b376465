"""Every link between the pages leads somewhere, and every page can be reached."""

from pathlib import Path

import pytest

from tests.docs import pages

INDEX = pages.DOCS / "README.md"


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_links_of_a_page_lead_to_a_page_and_a_heading(page: Path) -> None:
    for link in pages.links(page):
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        if anchor:
            assert anchor in pages.anchors(file), link


def test_the_index_leads_to_every_page() -> None:
    linked = {(INDEX.parent / link).resolve() for link in pages.links(INDEX)}
    unlinked = [
        pages.name(page)
        for page in pages.DOCS.rglob("*.md")
        if page != INDEX and not {page.resolve(), page.resolve().parent} & linked
    ]
    assert unlinked == []


def test_the_index_has_the_four_kinds() -> None:
    kinds = {"tutorial", "how-to", "reference", "explanation"}
    assert kinds <= pages.anchors(INDEX)
