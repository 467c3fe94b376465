"""How to get to each page, by the name of its route; each leaves a browser there."""

from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask

# No example lets a link decide, so the question is made into one that does.
LINK = """
from django.contrib.auth.models import User
from django.utils import timezone
from approvals.models import Approval
from approvals.notifications import links
from workflows.models import Suspension
asked = Suspension.objects.get(approval=PK)
asked.metadata = asked.metadata.replace('_by_link":false', '_by_link":true')
asked.save()
Approval.objects.filter(pk=PK).update(exclude_initiator=False)
approval, alice = Approval.objects.get(pk=PK), User.objects.get(username="alice")
print(links.issue(approval, alice, now=timezone.now()))
"""
POST = """
from approvals.notifications.courier import MailChore
from approvals.notifications.spreading import SpreadChore
while SpreadChore().do_due() or MailChore().do_due():
    pass
"""


def sign_in(site: Site) -> Page:
    page = site.stranger()
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Please enter a correct username")).to_be_visible()
    return page


def inbox(site: Site) -> Page:
    site.question()
    return site.open("alice")


def empty_inbox(site: Site) -> Page:
    return site.open("carol")


def decision(site: Site) -> Page:
    address = site.question()
    page = site.open("alice", address)
    page.get_by_text("Show as JSON").click()
    return page


def decision_with_problems(site: Site) -> Page:
    page = decision(site)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def decided(site: Site) -> Page:
    page = decision(site)
    page.get_by_label("Comment").fill("As agreed in the team.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
    return page


def receipt(site: Site) -> Page:
    page = decided(site)
    page.get_by_role("link", name="Receipt", exact=True).click()
    expect(page.get_by_role("heading", name="it holds")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    return page


def decided_by_me(site: Site) -> Page:
    page = decided(site)
    page.goto("/?view=decided")
    return page


def not_mine(site: Site) -> Page:
    address = site.question()
    return site.open("carol", address)


def overtaken(site: Site) -> Page:
    page = decision(site)
    other = site.open("bob", page.url)
    other.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Bob approved this.")).to_be_visible()
    return page


def conflict(site: Site) -> Page:
    page = decision(site)
    page.get_by_label("Comment").fill("But why?")
    page.route("**/notice/*", lambda route: route.fulfill(status=204))  # told too late
    other = site.open("bob", page.url)
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Approved.")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Bob was faster")).to_be_visible()
    return page


def run(site: Site) -> Page:
    page = decision(site)
    page.get_by_role("link", name="See the run").click()
    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    for summary in page.locator(".step > details:not([open]) > summary").all():
        summary.click()
    return page


def runs(site: Site) -> Page:
    site.question()
    return site.open("oskar", "/runs/")


def workflows(site: Site) -> Page:
    return site.open("oskar", "/workflows/")


def start(site: Site) -> Page:
    return site.open("oskar", "/workflows/expense-approval/start/")


def start_with_problems(site: Site) -> Page:
    page = start(site)
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def wishes(site: Site) -> Page:
    return site.open("alice", "/preferences/notifications/")


def standing_in(site: Site) -> Page:
    return site.open("alice", "/preferences/delegations/")


def saved_views(site: Site) -> Page:
    page = site.open("bob", "/?due=week")
    page.get_by_text("Save view").click()
    assert not axe.faults(page)
    page.get_by_label("Name").fill("Due soon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Due soon")).to_be_visible()
    page.get_by_role("link", name="Manage").click()
    page.get_by_text("Change").click()
    return page


def nothing_here(site: Site) -> Page:
    return site.open("alice", "/nowhere/")


def forbidden(site: Site) -> Page:
    return site.open("alice", "/workflows/expense-approval/start/")


def account_menu(site: Site) -> Page:
    page = site.open("oskar")
    page.locator(".top .menu > summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def kitchen_sink(site: Site) -> Page:
    return site.open("alice", ask(site))


def kitchen_sink_with_problems(site: Site) -> Page:
    page = kitchen_sink(site)
    for name in ("tags", "plans", "limits"):
        page.locator(f"button[value='add:answer.{name}']").click()
        expect(page.locator(f"[data-sf-list='answer.{name}'] .sf-row")).to_be_visible()
    for box in page.locator(".sf-include input").all():
        box.check()
    for label in ("Card", "Whole number"):
        page.get_by_label(label, exact=True).first.check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def acts(site: Site) -> Page:
    page = decision(site)
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_text("You have claimed this.").first).to_be_visible()
    for summary in page.locator(".acts details:not([open]) > summary").all()[::-1]:
        summary.click()
    return page


def secrets(site: Site) -> Page:
    page = site.open("bob", ask(site))
    page.get_by_role("button", name="Reveal secret values").click()
    expect(page.get_by_role("heading", name="Secret values")).to_be_visible()
    return page


def together(site: Site) -> Page:
    """What one chose to decide at once, with one that has to be decided alone."""
    ids = [address.split("/")[2] for address in (site.question(), ask(site))]
    page = site.open("alice", f"/bulk/?id={'&id='.join(ids)}")
    expect(page.get_by_role("heading", name="What stays as it is")).to_be_visible()
    return page


def decided_together(site: Site) -> Page:
    page = together(site)
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Decide 1 request").click()
    expect(page.get_by_role("heading", name="1 request decided")).to_be_visible()
    return page


def beside_the_list(site: Site) -> Page:
    address = site.question()
    page = site.open("bob", f"/?open={address.split('/')[2]}")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    return page


def link(site: Site) -> Page:
    pk = site.question().split("/")[2]
    page = site.stranger()
    page.goto(site.shell(LINK.replace("PK", repr(pk))).split()[-1])
    expect(page.get_by_text("You decide this as Alice, once.")).to_be_visible()
    return page


def used_link(site: Site) -> Page:
    page = link(site)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Your answer is recorded.")).to_be_visible()
    return page


def wrong_link(site: Site) -> Page:
    page = site.stranger()
    page.goto("/d/nothing")
    expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
    return page


def outbox(site: Site) -> Page:
    site.question()
    site.shell(POST)
    return site.open("stella", "/outbox/")


def mail(site: Site) -> Page:
    page = outbox(site)
    page.get_by_role("link", name="Decision needed").first.click()
    expect(page.get_by_role("heading", name="Text")).to_be_visible()
    return page
