"""When the time to take an answer back is over, whoever works in its page goes on."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import GO_AHEAD

TYPED = "The customers in Porto as well?"
ASK = """
from django.contrib.auth.models import User
from approvals.models import Approval
from examples.office.workflows import WORKFLOWS
mailing = next(each for each in WORKFLOWS if each.id == "mailing")
run = mailing.create_run(initiator=User.objects.get(username="carol"))
run.start({"subject": "Holidays", "recipients": 12, "body": "We are away in August."})
print(Approval.objects.get(run=run.id).pk)
"""


def answered(site: Site) -> Page:
    """A page whose answer goes ahead, though the page does not know that yet."""
    pk = site.shell(ASK).split()[-1]
    page = site.open("alice", f"/approvals/{pk}/")
    page.context.clock.install()
    page.reload()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.route("**/notice/*", lambda route: route.fulfill(status=204))
    site.shell(GO_AHEAD.replace("PK", repr(pk)))
    return page


def test_what_is_typed_meanwhile_and_the_focus_stay(site: Site) -> None:
    page = answered(site)
    page.get_by_text("Comment", exact=True).first.click()
    comment = page.get_by_label("What do you want to say?")
    comment.fill(TYPED)
    page.context.clock.run_for(25_000)
    expect(page.get_by_role("heading", name="The run is finished.")).to_be_visible()
    expect(page.get_by_role("heading", name="Closed")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(comment).to_have_value(TYPED)
    expect(comment).to_be_focused()
    page.get_by_role("button", name="Post the comment").click()
    expect(page.get_by_text(TYPED)).to_be_visible()


def test_a_focus_on_undo_goes_to_what_stands_there_then(site: Site) -> None:
    page = answered(site)
    page.get_by_role("button", name="Undo").focus()
    page.context.clock.run_for(25_000)
    expect(page.get_by_role("heading", name="The run is finished.")).to_be_focused()
