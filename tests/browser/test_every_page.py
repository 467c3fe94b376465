"""Every page in light and dark, wide and narrow: axe finds nothing, all of it fits."""

from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Page, ViewportSize

from tests.browser import axe, pages
from tests.browser.conftest import Site

NARROW = ViewportSize(width=320, height=640)
PAGES = {
    "login": [pages.sign_in],
    "approvals:inbox": [
        pages.inbox,
        pages.empty_inbox,
        pages.decided_by_me,
        pages.account_menu,
        pages.beside_the_list,
    ],
    "approvals:decision": [
        pages.decision,
        pages.decision_with_problems,
        pages.decided,
        pages.not_mine,
        pages.conflict,
        pages.overtaken,
        pages.acts,
        pages.kitchen_sink,
        pages.kitchen_sink_with_problems,
    ],
    "approvals:receipt": [pages.receipt],
    "approvals:secrets": [pages.secrets],
    "approvals:bulk": [pages.together, pages.decided_together],
    "approvals:views": [pages.saved_views],
    "approvals:run": [pages.run],
    "approvals:runs": [pages.runs],
    "approvals:workflows": [pages.workflows],
    "approvals:start": [pages.start, pages.start_with_problems, pages.forbidden],
    "approvals:preferences": [pages.wishes],
    "approvals:delegations": [pages.standing_in],
    "approvals:outbox": [pages.outbox],
    "approvals:outbox-mail": [pages.mail],
    "approvals:link": [pages.link, pages.used_link, pages.wrong_link],
}
NOWHERE = [pages.nothing_here]  # under no route
# Acts that lead to one of the pages, parts of them, files, and what no person reads.
NO_PAGES = {
    "healthz",
    "readyz",
    "favicon",
    "logout",
    "schema",
    "docs",  # made by others
    "approvals:undo",
    "approvals:notice",
    "approvals:draft",
    "approvals:look",
    "approvals:act",
    "approvals:file",
    "approvals:people",
    "approvals:view",
    "approvals:bulk-undo",
    "approvals:bulk-summary",
    "approvals:cancel",
    "approvals:restart",
    "approvals:end-delegation",
    "approvals:theme",
    "approvals:language",
    "approvals:shortcuts",
    "approvals:density",
    "approvals:advance",
    "approvals:outbox-html",  # shown in a frame
}
SHOWN = [(name, show) for name, shows in PAGES.items() for show in shows]


@pytest.mark.parametrize(
    ("route", "show"),
    [*SHOWN, *(("", show) for show in NOWHERE)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_everybody_can_read(
    site: Site, route: str, show: Callable[[Site], Page]
) -> None:
    page = show(site)
    if route:
        assert resolve(urlsplit(page.url).path).view_name == route
    assert page.locator("[role=status], [aria-live]").count() == 1
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert not axe.faults(page)
    page.set_viewport_size(NARROW)
    assert overflow(page) == 0
    assert not small_targets(page)


def test_every_route_that_has_a_page_is_among_them() -> None:
    assert set(routes(get_resolver())) == set(PAGES) | NO_PAGES


def test_a_page_with_a_fault_is_found(site: Site) -> None:
    page = site.open("alice")
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=x><h1></h1>'")
    assert any("image-alt" in fault for fault in axe.faults(page))
    site.complaints.clear()  # the picture isn't there either


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wide)


def small_targets(page: Page) -> list[str]:
    """Buttons and fields that a thumb would miss."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, select, .button, input")]
            .filter((e) => e.checkVisibility() && e.getClientRects().length)
            .filter((e) => !e.closest(".visually-hidden, .sf-enter"))
            .filter((e) => !["radio", "checkbox", "hidden"].includes(e.type))
            .filter((e) => e.getBoundingClientRect().height < 43.9)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    return found


def routes(resolver: URLResolver, above: str = "") -> Iterator[str]:
    """The names of all addresses but those of the admin and of the API."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{above}{each.name}"
        elif str(each.pattern) not in ("admin/", "api/v1/", "i18n/"):
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from routes(each, above + inner)
