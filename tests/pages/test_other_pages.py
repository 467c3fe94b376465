"""Sign-in, look, errors, and what every page must have."""

import re

import pytest
import structlog
from django.test import Client, RequestFactory

from config import errors
from tests.pages.conftest import Browser, Desk


def test_signing_in_leads_to_where_one_was_going(desk: Desk, client: Client) -> None:
    desk.alice.set_password("correct horse battery")
    desk.alice.save()
    page = client.get("/accounts/login/?next=/runs/").content.decode()
    assert 'autocomplete="current-password"' in page
    given = {"username": "alice", "password": "correct horse battery"}
    response = client.post("/accounts/login/", {**given, "next": "/runs/"})
    assert response.headers["Location"] == "/runs/"


def test_a_wrong_password_is_said_once_and_the_name_kept(
    desk: Desk, client: Client
) -> None:
    given = {"username": "alice", "password": "wrong"}
    page = client.post("/accounts/login/", given).content.decode()
    assert "Please enter a correct username and password" in page
    assert 'value="alice"' in page
    assert "wrong" not in page


@pytest.mark.parametrize("chosen", ["light", "dark", ""])
def test_the_look_is_kept_for_the_browser(
    desk: Desk, browser: Browser, chosen: str
) -> None:
    alice = browser(desk.alice)
    response = alice.post("/preferences/theme/", {"theme": chosen, "next": "/runs/"})
    assert response.headers["Location"] == "/runs/"
    page = alice.get("/").content.decode()
    assert (f'data-theme="{chosen}"' in page) == bool(chosen)


def test_the_look_leads_nowhere_else(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        given = {"theme": "dark", "next": elsewhere}
        assert alice.post("/preferences/theme/", given).headers["Location"] == "/"
    assert alice.post("/preferences/theme/", {"theme": '"><b>'}).status_code == 400


def test_a_forged_look_is_ignored(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    alice.cookies["theme"] = '"><script>'
    assert "data-theme=" not in alice.get("/").content.decode()


def test_times_are_in_the_zone_that_the_browser_told(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    address = f"/approvals/{approval.pk}/"
    alice.cookies["zone"] = "Asia/Tokyo"
    assert " JST" in alice.get(address).content.decode()
    for odd in ("../../etc/passwd", "Nowhere/Land", "", "%00"):
        alice.cookies["zone"] = odd
        page = alice.get(address).content.decode()
        assert " UTC" in page
        assert " JST" not in page


def test_the_page_of_last_resort_needs_nothing() -> None:
    with structlog.contextvars.bound_contextvars(request_id="i-42"):
        response = errors.server_error(RequestFactory().get("/?due=today&q=x"))
    assert response.status_code == 500
    page = response.content.decode()
    assert "Something went wrong here" in page
    assert "<code>i-42</code>" in page
    assert 'href="/?due=today&amp;q=x">Try again' in page


def test_no_page_has_anything_inline(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(title="Pay?")
    alice = browser(desk.alice)
    addresses = ["/", "/runs/", "/workflows/", "/nowhere/", "/accounts/login/"]
    addresses += [f"/approvals/{approval.pk}/", f"/runs/{approval.run_id}/"]
    for address in addresses:
        page = alice.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", page), address
        for script in re.findall(r"<script[^>]*>", page):
            assert " src=" in script, address
        assert page.count('role="status"') == 1, address
        assert len(re.findall(r"<h1\b", page)) == 1, address
