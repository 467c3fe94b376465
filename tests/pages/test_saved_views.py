"""Views of the inbox that people save and share, in a browser without scripts."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from approvals import ApprovalPolicy
from approvals.models import SavedView
from approvals.saved_views import EVERYBODY
from tests.pages.conftest import Browser, Desk, allow

pytestmark = pytest.mark.one_database


def page(client: Client, address: str = "/", status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def save(client: Client, name: str, address: str = "", sharing: str = "") -> str:
    sent = {"name": name, "address": address, "sharing": sharing}
    return client.post("/views/", sent, follow=True).content.decode()


def test_a_view_keeps_filters_search_and_order_and_counts_what_it_lists(
    desk: Desk, browser: Browser
) -> None:
    urgent = ApprovalPolicy(groups=["managers"], priority="urgent")
    desk.start(desk.workflow(urgent, "pay-invoice"), "Pay the baker?")
    desk.start(desk.workflow(ApprovalPolicy(groups=["managers"])), "Pay the smith?")
    alice = browser(desk.alice)
    kept = "view=unclaimed&priority=urgent&sort=newest&next=//evil.test&page=7"
    shown = save(alice, "  Fires  first ", kept)
    assert "The view is saved." in shown
    assert '<h1 id="heading">Fires first</h1>' in shown
    assert "the baker" in shown
    assert "the smith" not in shown
    rail = shown.partition('id="views"')[2]
    entry = rail.partition('aria-current="page"')[2][:900]
    assert 'Fires first</span><span class="count">1<' in entry
    view = SavedView.objects.get()
    assert view.address == "priority=urgent&sort=newest&view=unclaimed"
    save(alice, "Smiths", "q=smith")
    searched = page(alice)
    assert re.search(r"<span>Smiths</span></a>", searched)
    assert 'href="/?q=smith&amp;saved=' in searched


def test_a_view_is_its_owners_until_it_is_shared_with_a_group(
    desk: Desk, browser: Browser
) -> None:
    desk.ask(title="Pay the baker?")
    alice, bob, carol = map(browser, (desk.alice, desk.bob, desk.carol))
    save(alice, "Bread", "q=baker")
    assert "Bread" not in page(bob)
    view = SavedView.objects.get()
    changed = {"name": "Loaves", "sharing": str(desk.managers.pk)}
    alice.post(f"/views/{view.pk}/", changed)
    assert "shared by Alice Young" in page(bob)
    assert "Loaves" in page(bob, "/views/")
    assert "Loaves" not in page(carol)
    assert "baker" not in page(carol, f"/?saved={view.pk}")
    for stranger in (bob, carol):
        assert stranger.post(f"/views/{view.pk}/", {"remove": "1"}).status_code == 404
    alice.post(f"/views/{view.pk}/", {"remove": "1"})
    assert not SavedView.objects.exists()


def test_a_shared_view_filters_by_a_group_that_its_reader_is_not_in(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(users=["carol"]), title="Pay the baker?")
    alice = allow(desk.alice, "share_view")
    group = f"group={desk.managers.pk}"
    save(browser(alice), "Of managers", group, EVERYBODY)
    view = SavedView.objects.get()
    shown = page(browser(desk.carol), f"/?{group}&saved={view.pk}")
    assert approval.title not in shown
    assert "Group: one that you are not in" in shown
    assert approval.title in page(browser(desk.carol))
    counted = r'Of managers.*?<span class="count">0<'
    assert re.search(counted, page(browser(desk.carol)), re.DOTALL)


def test_only_who_may_shares_with_everybody_or_a_group(
    desk: Desk, browser: Browser
) -> None:
    strangers = Group.objects.create(name="strangers")
    alice = browser(desk.alice)
    for sharing in ("everybody", str(strangers.pk), "x", "-1"):
        assert "You can&#x27;t share a view with them." in save(
            alice, "All", sharing=sharing
        )
    assert not SavedView.objects.exists()
    may = browser(allow(desk.alice, "share_view"))
    assert '<option value="everybody"' in page(may)
    save(may, "All", sharing="everybody")
    assert "shared by Alice Young" in page(browser(desk.carol))


def test_a_name_that_does_not_fit_is_said_and_kept(
    desk: Desk, browser: Browser
) -> None:
    alice = browser(desk.alice)
    save(alice, "Late", "due=overdue")
    for name, words in (
        ("", "Give the view a name."),
        ("Late", "You have a view of this name already."),
        ("x" * 61, "The name is too long."),
    ):
        sent = {"name": name, "address": "due=week"}
        answer = alice.post("/views/", sent)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert 'name="address" value="due=week"' in answer.content.decode()
    save(alice, "Soon", "due=week")
    soon = SavedView.objects.get(name="Soon")
    answer = alice.post(f"/views/{soon.pk}/", {"name": "Late"})
    assert answer.status_code == 422
    assert "open><summary>Change" in answer.content.decode()
    soon.refresh_from_db()
    assert soon.name == "Soon"


def test_nobody_keeps_views_without_end(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approvals.saved_views.MOST", 1)
    alice = browser(desk.alice)
    save(alice, "One")
    assert "You have 1 views; remove one first." in save(alice, "Two")
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize("named", ["999", "x", "-1", "\0"])
def test_a_view_there_is_not_is_the_inbox(
    desk: Desk, browser: Browser, named: str
) -> None:
    assert ">Waiting for you</h1>" in page(browser(desk.alice), f"/?saved={named}")
