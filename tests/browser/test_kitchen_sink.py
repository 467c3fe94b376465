"""The kitchen sink example in a true browser: read, filled in wrongly, then wholly."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import Site

ASK = """
from django.contrib.auth.models import User
from approvals.models import Approval
from examples.demo.seed import records
(record,) = [r for r in records() if r.workflow.id == "kitchen-sink"]
carol = User.objects.get(username="carol")
run = record.workflow.create_run(initiator=carol)
run.start({**record.input, **CHANGES})
print(Approval.objects.get(run=run.id).pk)
"""
GO_AHEAD = """
from datetime import timedelta
from approvals import deadlines
from approvals.models import Approval
from workflows.rows import database_now
past = database_now() - timedelta(seconds=1)
Approval.objects.filter(pk=PK).update(timer_at=past, release_at=past)
print(deadlines.act(PK))
"""
HOSTILE = {
    "summary": "<script>document.title = 'ran'</script> [bank](javascript:alert(1)) "
    '<img src=x onerror="document.title = 1"> [https://bank.example](https://b.example)',
    "supplier": "Almblick\u202eHCIR",
    "logo": "https://elsewhere.example/seen.png",
    "small_print": "</pre></main><h1>Approved</h1>" + "x" * 3000,
    "remark": "{{ 7 * 7 }} zero\u200bwidth",
}


def ask(site: Site, **changes: str) -> str:
    pk = site.shell(ASK.replace("CHANGES", repr(changes))).split()[-1]
    return f"/approvals/{pk}/"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_everything_is_asked_for_and_kept(site: Site, script: bool) -> None:
    address = ask(site)
    page = site.open("alice", address, java_script_enabled=script)
    expect(page.get_by_role("img", name="Logo")).to_be_visible()
    expect(page.locator("ins").first).to_contain_text("and cleans")
    page.get_by_label("Comment").fill("The oven is needed.")
    page.get_by_role("button", name="Approve").click()

    summary = page.locator("[data-sf-summary]")
    expect(summary).to_be_visible()
    if script:
        expect(summary).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_value("The oven is needed.")
    for label in ("Visits", "Starts at", "Street", "City", "Start", "End"):
        field = page.get_by_label(label, exact=True).first
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_attribute("aria-describedby", re.compile("-error"))
    if script:
        assert faults(page) == []
    fill(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You approved this.")).to_be_visible()
    if script:
        expect(page.get_by_text(re.compile(r"Goes ahead in [1-7] s"))).to_be_visible()
        assert faults(page) == []
    else:
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Your answer is taken back.")).to_be_visible()
        expect(page.get_by_role("button", name="Approve")).to_be_visible()
        return
    site.shell(GO_AHEAD.replace("PK", repr(address.split("/")[2])))
    page.reload()
    page.get_by_text("What else was answered").click()
    expect(page.get_by_text("Elm Row 4")).to_be_visible()


def test_a_rule_between_two_fields_leads_to_the_one_it_blames(site: Site) -> None:
    page = site.open("alice", ask(site))
    fill(page)
    needed_on = page.locator("[id='id_answer.needed_on']")
    needed_on.fill("2026-12-01")
    page.get_by_role("button", name="Approve").click()
    link = page.locator("[data-sf-summary]").get_by_role("link")
    expect(link).to_contain_text("The work begins after the kitchen is needed.")
    link.click()
    expect(needed_on).to_be_focused()
    expect(needed_on).to_have_value("2026-12-01")
    expect(needed_on).to_have_attribute("aria-describedby", re.compile("-error"))
    assert faults(page) == []


def test_a_reason_to_start_from_and_the_room_that_is_left(site: Site) -> None:
    page = site.open("alice", ask(site))
    comment = page.get_by_label("Comment")
    comment.fill("Ask again in May. 🍞")
    expect(page.get_by_text("Characters left: 381")).to_be_visible()
    page.get_by_label("Start from a reason").first.select_option("Too expensive")
    expect(comment).to_have_value("Too expensive\nAsk again in May. 🍞")
    expect(page.get_by_text("Characters left: 367")).to_be_visible()


def test_a_long_list_can_be_searched_by_keyboard_alone(site: Site) -> None:
    page = site.open("alice", ask(site))
    search = page.locator("[id='id_answer.country-search']")
    country = page.locator("[id='id_answer.country']")
    search.press_sequentially("land")
    expect(page.get_by_text("Found: 5").first).to_be_visible()
    expect(country.locator("option")).to_have_text(
        ["Switzerland", "Germany", "Finland", "Ireland", "Netherlands", "Poland"]
    )
    expect(country).to_have_value("DE")
    search.press("Enter")
    expect(country).to_be_focused()
    expect(country).to_have_value("CH")
    search.fill("nowhere")
    expect(page.get_by_text("Nothing found").first).to_be_visible()
    expect(country).to_have_value("CH")
    search.fill("")
    expect(country.locator("option")).to_have_count(18)


def fill(page: Page) -> None:
    """What has neither a proposal nor a default, and a line moved and one added."""
    page.get_by_label("Notes").fill("We *look forward* to it.")
    page.get_by_role("button", name="Preview Notes").click()
    expect(page.locator(".sf-preview em")).to_have_text("look forward")
    lines = page.locator("[data-sf-list='answer.lines'] > ol > li")
    page.get_by_role("button", name=re.compile("^Add ?: Lines")).click()
    expect(lines).to_have_count(4)
    lines.last.get_by_label("What").fill("Lamp")
    lines.last.get_by_label("Amount").fill("80.50")
    page.get_by_label("Visits").fill("2")
    page.get_by_role("group", name="Has the landlord agreed?").or_(
        page.get_by_role("radiogroup", name="Has the landlord agreed?")
    ).get_by_label("Yes").check()
    page.get_by_label("Starts at").fill("2026-12-07T08:30")
    page.get_by_label("Street").first.fill("Elm Row 4")
    page.get_by_label("City").first.fill("Leith")
    page.get_by_label("Start", exact=True).fill("2026-12-07")
    page.get_by_label("End", exact=True).fill("2026-12-09")


def test_nothing_in_a_payload_runs_deceives_or_breaks_the_page(site: Site) -> None:
    asked: list[str] = []
    page = site.open("alice")
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(ask(site, **HOSTILE))
    expect(page).to_have_title(re.compile("Order the new kitchen"))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_text("U+202E").first).to_be_visible()
    expect(page.get_by_text("U+200B").first).to_be_visible()
    expect(page.get_by_text("(https://b.example)").first).to_be_visible()
    expect(page.get_by_text("more characters").first).to_be_visible()
    assert page.locator("#main a[href^=javascript], #main img[onerror]").count() == 0
    assert [url for url in asked if not url.startswith(site.server.url)] == []
    expect(page.get_by_role("button", name="Approve")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(site: Site, scheme: str) -> None:
    page = site.open(
        "alice", ask(site), color_scheme=scheme, viewport={"width": 320, "height": 640}
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults(page) == []
