"""While the server draws a form anew nothing that a person does is lost."""

import re

from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser import pages
from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask
from tests.browser.test_two_reviewers import start_claim

# A question whose answer is a list, and a link out of a mail that may decide it.
LIST = """
from django.contrib.auth.models import User
from approvals.models import Approval
from examples.office.workflows import WORKFLOWS
week = next(each for each in WORKFLOWS if each.id == "first-week")
run = week.create_run(initiator=User.objects.get(username="carol"))
run.start({"name": "Ingrid", "role": "Tester", "starts_on": "2027-01-11"})
print(Approval.objects.get(run=run.id).pk)
"""

PLAN = FilePayload(name="plan.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4")


def add_twice(page: Page, rows: str, typed_into: str) -> None:
    """Press Add again before the first press is answered, and type meanwhile."""
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route(page.url, hold_first)
    drawn = page.locator(f"[data-sf-list='{rows}'] > ol > li")
    before = drawn.count()
    add = page.locator(f"button[value='add:{rows}']")
    add.click()
    expect(page.locator("form.htmx-request")).to_be_visible()
    add.click(force=True)
    page.get_by_label(typed_into).first.fill("Typed while it was away.")
    held[0].continue_()
    expect(drawn).to_have_count(before + 2)
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    expect(page.get_by_label(typed_into).first).to_have_value(
        "Typed while it was away."
    )
    page.get_by_label(typed_into).first.press("End")
    expect(page.get_by_label(typed_into).first).to_be_focused()


def test_two_fast_presses_add_two_rows_and_what_is_typed_meanwhile_stays(
    site: Site,
) -> None:
    add_twice(site.open("alice", ask(site)), "answer.lines", "Comment")


def test_what_is_begun_in_other_forms_outlives_whatever_is_done(site: Site) -> None:
    address = ask(site)
    page = site.open("alice", address)
    comment, change = page.locator("#comment-text"), page.locator("#changes-text")
    page.get_by_text("Comment without deciding").click()
    comment.fill("Half a comment")
    page.get_by_text("Request changes").click()
    change.fill("Half a wish")

    def are_there() -> None:
        expect(comment).to_be_visible()
        expect(comment).to_have_value("Half a comment")
        expect(change).to_be_visible()
        expect(change).to_have_value("Half a wish")

    lines = page.locator("[data-sf-list='answer.lines'] > ol > li")
    before = lines.count()
    file = page.locator("input[type=file]").first
    file.set_input_files(PLAN)
    page.locator("button[value='add:answer.lines']").click()
    expect(lines).to_have_count(before + 1)
    are_there()
    assert file.evaluate("each => each.files.length") == 0  # it was sent
    file.set_input_files(PLAN)
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_text("You have claimed this.").first).to_be_visible()
    are_there()
    assert file.evaluate("each => each.files.length") == 1

    # What is not offered any more comes back with its text; what is sent does not.
    bob = site.open("bob", address)
    bob.get_by_role("button", name="Take over", exact=True).click()
    expect(bob.get_by_text("You have taken this over.").first).to_be_visible()
    page.get_by_role("button", name="Post the comment").click()
    expect(page.get_by_text("Your comment is there.")).to_be_visible()
    expect(change).to_have_count(0)
    expect(comment).to_have_value("")
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(change).to_be_visible()
    expect(change).to_have_value("Half a wish")
    expect(comment).to_have_value("")


def test_nothing_is_lost_where_a_run_is_started(site: Site) -> None:
    page = site.open("oskar", "/workflows/expense-approval/start/")
    add_twice(page, "input.lines", "Employee")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("alert")).to_be_focused()
    rows = page.locator("[data-sf-list='input.lines'] > ol > li")
    while (left := rows.count()) > 1:
        page.get_by_role("button", name=re.compile("^Remove")).last.click()
        expect(rows).to_have_count(left - 1)
    start_claim(page, "Nur Yilmaz")
    expect(page).to_have_url(re.compile("/runs/"))


def test_nothing_is_lost_where_a_link_decides(site: Site) -> None:
    page = site.stranger()
    pk = site.shell(LIST).split()[-1]
    page.goto(site.shell(pages.LINK.replace("PK", repr(pk))).split()[-1])
    add_twice(page, "answer.sessions", "Greeting")
    for number in range(2):
        page.get_by_role("button", name=re.compile("^Remove")).last.click()
        rows = page.locator("[data-sf-list='answer.sessions'] > ol > li")
        expect(rows).to_have_count(2 - number)
    page.get_by_label("Monday").check()
    page.get_by_label("Topic").fill("A walk through the house")
    page.get_by_label("With whom").fill("Lena")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Your answer is recorded.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
