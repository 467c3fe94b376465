"""The list while others work: rows grow older, leave, and come behind a button."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_meanwhile_open import press
from tests.browser.test_two_reviewers import row, settled

ROOMY = {"width": 1400, "height": 900}
A_PAGE = 50
A_WHILE = 500  # ms: longer than a row takes to leave
SAVED = """
from django.contrib.auth.models import User
from django.utils import timezone
from approvals import saved_views
alice = User.objects.get(username="alice")
view = saved_views.save(owner=alice, name="Soon", address="q=Yves", now=timezone.now())
print(view.pk)
"""


def title(page: Page, address: str) -> str:
    return f"{row(page, address)} .row__title"


def test_rows_that_grew_older_are_there_when_new_ones_are_shown(site: Site) -> None:
    kept = site.ask("Ada Anders", "Bert Berg")
    page = site.open("alice")
    settled(page)
    page.locator(f"{row(page, kept[0])} [data-pick]").check()
    # As if each row had been drawn a minute ago.
    page.evaluate(
        "document.querySelectorAll('.row__meta time')"
        ".forEach((time) => (time.textContent = 'long ago'))"
    )
    new = site.ask("Cem Can")
    page.get_by_role("button", name="Show 1 new request").click()
    for address in [*kept, *new]:
        expect(page.locator(title(page, address))).to_be_visible()
    assert page.locator("[data-row]:not(:has(.row__title))").count() == 0
    expect(page.locator(f"{row(page, kept[0])} [data-pick]")).to_be_checked()


def test_what_was_typed_a_moment_ago_outlives_another_request(site: Site) -> None:
    first, second = site.ask("Dora Dahl", "Emil Eck")
    page = site.open("alice", viewport=ROOMY)
    page.locator(title(page, first)).click()
    for leave in (title(page, second), "[data-close]"):
        expect(page.locator("#task h1")).to_contain_text("Dora Dahl")
        typed = f"Before {leave}"
        page.locator("#pane").get_by_label("Comment").first.fill(typed)
        with page.expect_response("**/draft/"):
            page.locator(leave).click()
        left = page.locator("#task h1", has_text="Dora Dahl")
        expect(left).to_have_count(0)
        page.locator(title(page, first)).click()
        comment = page.locator("#pane").get_by_label("Comment").first
        expect(comment).to_have_value(typed)


def test_the_window_is_named_after_what_stands_in_it(site: Site) -> None:
    first, second = site.ask("Finn Falk", "Gül Gün")
    page = site.open("alice", viewport=ROOMY)
    page.locator(title(page, first)).click()
    expect(page).to_have_title("Reimburse Finn Falk 412.50 EUR? · Countersign")
    page.locator("#pane").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
    page.locator(title(page, second)).click()
    expect(page).to_have_title("Reimburse Gül Gün 412.50 EUR? · Countersign")
    page.locator("[data-close]").click()
    expect(page).to_have_title("Waiting for you · Countersign")


def test_keys_go_on_from_a_row_that_a_colleague_took(site: Site) -> None:
    first, second, third = site.ask("Hal Ham", "Ida Ilg", "Jan Jost")
    page = site.open("alice")
    settled(page)
    page.locator(title(page, second)).focus()
    bob = site.open("bob", second)
    bob.get_by_role("button", name="Approve").click()
    expect(page.locator(f"{row(page, second)}.row--gone")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(title(page, third))).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(title(page, first))).to_be_focused()


def test_the_next_one_is_that_of_the_list_that_one_is_in(site: Site) -> None:
    _first, second, third = site.ask("Kim Knut", "Kim Lang", "Kim Mann")
    page = site.open("alice", "/?q=Kim&sort=newest", viewport=ROOMY)
    page.locator(title(page, third)).click()
    expect(page.locator("#task h1")).to_contain_text("Kim Mann")
    page.locator("#pane").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
    page.locator("body").press("n")
    expect(page.locator("#task h1")).to_contain_text("Kim Lang")
    expect(page.locator(f"{title(page, second)}[aria-current]")).to_be_visible()


def test_the_bar_knows_what_is_ticked_after_back_and_without_a_server(
    site: Site,
) -> None:
    first, second = site.ask("Nia Noll", "Ole Ott")
    page = site.open("alice")
    page.locator(f"{row(page, first)} [data-pick]").check()
    bar = page.locator("[data-bulk-summary]")
    expect(bar).to_contain_text("1 selected")
    page.route("**/bulk/summary/**", lambda route: route.abort())
    page.locator(f"{row(page, second)} [data-pick]").check()
    expect(bar).to_have_text("2 selected")
    page.unroute("**/bulk/summary/**")
    site.complaints.clear()  # the browser's, of the server that was away


def test_a_pause_of_the_live_updates_is_said(site: Site) -> None:
    page = site.open("alice")
    settled(page)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("[data-announcer]")).to_contain_text("Live updates paused")
    page.context.set_offline(False)
    site.complaints.clear()  # the browser's, of a network that was away


def test_who_puts_something_aside_sees_it_leave_the_list(site: Site) -> None:
    [address] = site.ask("Pia Pohl")
    page = site.open("alice", viewport=ROOMY)
    settled(page)
    page.locator(title(page, address)).click()
    page.locator("#pane").get_by_text("Snooze until").click()
    page.locator("#pane").get_by_role("button", name="Tomorrow").first.click()
    still = page.locator(f"{row(page, address)}:not(.row--gone)")
    expect(still).to_have_count(0, timeout=10_000)  # long before the list is read anew


def test_back_and_forward_leave_the_list_and_its_ticks(site: Site) -> None:
    first, second = site.ask("Quin Quast", "Rosa Reh")
    page = site.open("alice", viewport=ROOMY)
    tick = page.locator(f"{row(page, first)} [data-pick]")
    tick.check()
    heading = page.locator("#task h1")
    for address, name in ((first, "Quin Quast"), (second, "Rosa Reh")):
        page.locator(title(page, address)).click()
        expect(heading).to_contain_text(name)
    page.go_back()
    expect(heading).to_contain_text("Quin Quast")
    expect(heading).to_be_focused()
    page.go_back()
    expect(heading).to_have_count(0)
    expect(page.locator(title(page, first))).to_be_focused()
    page.go_forward()
    expect(heading).to_contain_text("Quin Quast")
    expect(tick).to_be_checked()


def test_what_still_waits_stays_in_the_list_as_it_is(site: Site) -> None:
    addresses = site.ask(*[f"Max Full{number}" for number in range(A_PAGE)])
    page = site.open("alice", "/?q=Max+Full&sort=newest", viewport=ROOMY)
    settled(page)
    rows, gone = page.locator("[data-row]"), page.locator(".row--gone")
    top, second = addresses[-1], addresses[-2]
    page.locator(row(page, top)).hover()
    site.ask("Max Fullest")
    new = page.get_by_role("button", name="Show 1 new request")
    expect(new).to_be_visible()
    expect(page.locator("#total")).to_have_text("51 requests")
    page.wait_for_timeout(A_WHILE)
    expect(gone).to_have_count(0)
    expect(rows).to_have_count(A_PAGE)  # the last one only moved to the next page

    page.locator(title(page, top)).click()
    expect(page.locator("#task h1")).to_contain_text("Max Full49")
    expect(new).to_be_visible()

    tick = page.locator(f"{row(page, second)} [data-pick]")
    tick.check()
    bar = page.locator("#bulk")
    expect(bar).to_contain_text("1 selected")
    bob = site.open("bob", second)
    press(bob, "Claim")
    expect(page.locator(f"{row(page, second)}.row--gone")).to_be_visible()
    press(bob, "Give back")
    expect(gone).to_have_count(0)
    page.get_by_role("searchbox").hover()
    page.wait_for_timeout(A_WHILE)
    expect(rows).to_have_count(A_PAGE)
    expect(tick).to_be_checked()
    page.get_by_role("button", name="Clear").click()
    expect(bar).not_to_contain_text("selected ·")
    expect(bar).to_contain_text("Tick requests")

    new.click()
    expect(rows.first).to_contain_text("Max Fullest")
    expect(page.locator("[aria-current] >> text=Max Full49")).to_be_visible()


def test_back_leads_to_the_list_that_stood_there(site: Site) -> None:
    _first, second = site.ask("Yves Parking", "Yves Tower")
    saved = site.server.shell(SAVED).strip()
    page = site.open("alice", f"/?q=Yves&saved={saved}", viewport=ROOMY)
    settled(page)
    page.evaluate("window.same = true")
    rows, search = page.locator("[data-row]"), page.get_by_role("searchbox")
    heading, opened = page.locator("#heading"), page.locator("#task h1")
    page.locator(title(page, second)).click()
    expect(opened).to_contain_text("Yves Tower")
    search.fill("parking")
    expect(rows).to_have_count(1)
    expect(heading).to_have_text("Waiting for you")
    expect(page).to_have_title("Reimburse Yves Tower 412.50 EUR? · Countersign")
    page.go_back()
    expect(rows).to_have_count(2)
    expect(search).to_have_value("Yves")
    expect(opened).to_have_count(0)
    expect(page).to_have_title("Soon · Countersign")
    expect(heading).to_have_text("Soon")

    search.fill("tower")
    expect(rows).to_have_count(1)
    expect(page).to_have_title("Waiting for you · Countersign")
    page.locator(f"{row(page, second)} [data-pick]").check()
    page.locator(title(page, second)).click()
    expect(opened).to_contain_text("Yves Tower")
    page.go_back()
    expect(opened).to_have_count(0)
    expect(page.locator(f"{row(page, second)} [data-pick]")).to_be_checked()
    assert page.evaluate("window.same")
