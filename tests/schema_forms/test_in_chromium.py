"""The kitchen sink in a true browser: it posts what the tests' own browser posts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.http import QueryDict
from playwright.sync_api import Browser, Request, Route, sync_playwright
from playwright.sync_api import Page as Tab
from pydantic import BaseModel

from tests.browser.axe import faults
from tests.schema_forms.kitchen_sink import GOOD, KitchenSink
from tests.schema_forms.samples import form_of, page_of, posted

ADDRESS = "http://127.0.0.1/form"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
STYLES = ("tokens.css", "countersign.css", "forms.css")


class Session(BaseModel):
    """One hour with a colleague."""

    day: Literal["monday", "friday"]
    topic: str


class Week(BaseModel):
    sessions: list[Session]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=list(FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def show(tab: Tab, form: object) -> list[Request]:
    """Put the form on a page; what the page posts ends up in the list."""
    css = "".join(
        (Path(settings.BASE_DIR) / "static" / "css" / name).read_text()
        for name in STYLES
    )
    html = (
        f'<!doctype html><html lang="en"><head><title>Form</title><style>{css}</style>'
        f'</head><body><main><h1>Form</h1><form method="post" novalidate>{form}'
        '<button class="button" name="send" value="1">Send</button>'
        "</form></main></body></html>"
    )
    posts: list[Request] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request)
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    tab.route("**/*", answer)
    tab.goto(ADDRESS)
    return posts


def send(tab: Tab, posts: list[Request]) -> QueryDict:
    with tab.expect_navigation():
        tab.get_by_role("button", name="Send").click()
    data = QueryDict(posts[-1].post_data or "").copy()
    del data["send"]
    return data


def test_an_untouched_form_posts_what_the_tests_own_browser_posts(tab: Tab) -> None:
    form = form_of(KitchenSink, initial=GOOD)
    data = send(tab, show(tab, form))
    expected = page_of(form).press()
    assert dict(data.lists()) == dict(expected.lists())
    assert posted(KitchenSink, data).validate() == GOOD


def test_a_person_fills_in_the_form(tab: Tab) -> None:
    posts = show(tab, form_of(KitchenSink, initial=GOOD))
    tab.get_by_label("Comment").fill("two lines")
    tab.get_by_label("Amount").fill("99,90")
    tab.get_by_label("Moment").fill("2026-08-01T10:15")
    assert not tab.get_by_label("Iban").is_visible()
    tab.get_by_label("Bank").first.check()
    tab.get_by_label("Iban").fill("DE02")
    tab.get_by_label("Add: Billing").check()
    tab.get_by_label("Street").nth(1).fill("Elsewhere")
    answer = posted(KitchenSink, send(tab, posts)).validate()
    assert answer == GOOD | {
        "comment": "two lines",
        "amount": "99.90",
        "moment": "2026-08-01T10:15:00+02:00",
        "pay": {"kind": "bank", "iban": "DE02"},
        "billing": {"street": "Elsewhere", "country": "DE"},
    }


def test_enter_presses_the_button_that_decides_nothing(tab: Tab) -> None:
    posts = show(tab, form_of(KitchenSink, initial=GOOD, exclude_verdict=True))
    with tab.expect_navigation():
        tab.locator("[name='answer.count']").press("Enter")
    data = QueryDict(posts[-1].post_data or "")
    assert data.getlist("answer.__action") == ["check"]
    assert "answer.approved" not in data


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_is_accessible_with_and_without_errors(tab: Tab, scheme: str) -> None:
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    form = form_of(KitchenSink, initial=GOOD, exclude_verdict=True)
    show(tab, form)
    assert faults(tab) == []
    data = page_of(form).fill("answer.count", "x").press()
    wrong = posted(KitchenSink, data.copy(), initial=GOOD, exclude_verdict=True)
    wrong.validate()
    show(tab, wrong)
    assert faults(tab) == []
    assert tab.evaluate("document.activeElement.className") == "sf-summary"


def test_each_row_is_as_wide_as_its_list_and_no_bar_crosses_a_name(tab: Tab) -> None:
    form = form_of(Week, initial={"sessions": [{}, {}]})
    form.validate()
    show(tab, form)
    widths, crossed = tab.evaluate(
        """() => {
            const box = (each) => each.getBoundingClientRect();
            const rows = [...document.querySelectorAll(".sf-row")];
            const below = (row) => box(row.querySelector(".sf-field--invalid")).top;
            const name = (row) => box(row.querySelector(".sf-legend")).bottom;
            const groups = [...document.querySelectorAll("[role=radiogroup]")];
            const lined = (group) => getComputedStyle(group).boxShadow !== "none";
            const top = (group) => box(group.querySelector("legend")).top;
            const out = (group) => top(group) < box(group).top;
            return [
              rows.map((row) => box(row.querySelector(".sf-parts")).width),
              rows.filter((row) => below(row) < name(row)).length
                + groups.filter((group) => lined(group) || out(group)).length,
            ];
        }"""
    )
    assert len(widths) == 2
    assert widths[0] == widths[1]
    assert crossed == 0


def test_the_form_fits_a_narrow_window(tab: Tab) -> None:
    tab.set_viewport_size({"width": 320, "height": 640})
    show(tab, form_of(KitchenSink, initial=GOOD, exclude_verdict=True))
    widest = tab.evaluate("document.documentElement.scrollWidth")
    assert widest <= 320
