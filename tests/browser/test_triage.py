"""Reading and deciding one request after the other, without leaving the list."""

from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import Site
from tests.browser.test_every_page import overflow


def test_a_stack_of_requests_is_decided_by_keys_alone(site: Site) -> None:
    site.ask("Rosa Keys", "Rudi Keys")
    page = site.open("alice", "/?q=keys&sort=title")
    page.wait_for_load_state("networkidle")
    press = page.keyboard.press

    press("j")
    expect(page.get_by_role("link", name="Reimburse Rosa Keys")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", name="Reimburse Rosa Keys")).to_be_focused()
    expect(page.locator("[data-row]")).to_have_count(2)
    page.evaluate("document.getElementById('inbox').dataset.density = 'compact'")
    for row in page.locator("[data-row]").all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 50  # one line
    assert "open=" in page.url
    assert "q=keys" in page.url
    assert not axe.faults(page)

    press("r")
    comment = page.get_by_label("Comment")
    expect(comment).to_be_focused()
    page.keyboard.type("a jarring name?")
    expect(comment).to_have_value("a jarring name?")
    press("Control+Enter")
    expect(page.get_by_text("Rejected.")).to_be_focused()

    page.goto("/?q=rudi&sort=title")
    page.wait_for_load_state("networkidle")
    press("n")
    expect(page.get_by_role("heading", name="Reimburse Rudi Keys")).to_be_focused()
    press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    press("Control+Enter")
    expect(page.get_by_text("Approved.")).to_be_focused()


def test_keys_claim_hand_over_and_tell_who_is_looking(site: Site) -> None:
    [address] = site.ask("Cora Claim")
    page = site.open("alice", "/?q=cora")
    page.wait_for_load_state("networkidle")
    unread = page.locator("[data-unread]")
    expect(unread).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_text("You have claimed this.").first).to_be_focused()
    expect(page.get_by_role("heading", name="Reimburse Cora Claim")).to_be_visible()
    expect(unread).to_have_count(0)
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("e")
    expect(page.get_by_label("A colleague who was asked as well")).to_be_focused()
    other = site.open("bob", address)
    expect(other.get_by_text("Alice is looking")).to_be_visible()
    assert not axe.faults(other)


def test_keys_act_on_the_row_in_focus(site: Site) -> None:
    site.ask("Adam Focus", "Bela Focus", "Cleo Focus")
    page = site.open("alice", "/?q=focus&sort=title")
    page.wait_for_load_state("networkidle")
    press, link = page.keyboard.press, page.locator(".row__title")
    opened = page.locator("#task h1")
    press("j")
    press("Enter")
    expect(opened).to_contain_text("Adam Focus")
    press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    press("j")
    expect(link.nth(1)).to_be_focused()
    press("Control+Enter")  # what is chosen is chosen for another one
    press("a")
    expect(opened).to_contain_text("Bela Focus")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text(
        "Approve is chosen for “Reimburse Bela Focus 412.50 EUR?”. Ctrl+Enter sends it."
    )
    link.nth(2).focus()
    press("c")
    expect(opened).to_contain_text("Cleo Focus")
    expect(page.get_by_text("You have claimed this.").first).to_be_focused()
    expect(link.nth(0).locator("xpath=../..")).not_to_contain_text("Claimed")

    page.set_viewport_size({"width": 800, "height": 800})
    page.goto("/?q=focus&sort=title")
    page.wait_for_load_state("networkidle")
    expect(link).to_have_count(3)
    press("j")
    press("r")
    expect(opened).to_contain_text("Adam Focus")
    expect(page.get_by_label("Comment")).to_be_focused()


def test_keys_are_explained_and_can_be_switched_off(site: Site) -> None:
    site.ask("Kira Keys", "Kolja Keys")
    page = site.open("bob")
    page.get_by_role("searchbox").fill("keys")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.locator(".row__title").first.click()
    expect(page.locator("#task h1")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert not axe.faults(page)
    page.get_by_role("button", name="Switch keys off").click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("searchbox")).to_have_value("keys")
    expect(page.locator("#task h1")).to_be_visible()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch keys on").click()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    expect(page.locator(".row__title").nth(1)).to_be_focused()


def test_a_narrow_window_opens_a_page_of_its_own(site: Site) -> None:
    address = site.question()
    page = site.open("alice", viewport={"width": 800, "height": 800})
    page.locator(f"#approval-{address.split('/')[2]} a").click()
    expect(page).to_have_url(site.server.url + address)


def test_the_opened_row_stays_in_view_also_when_the_page_is_loaded_anew(
    site: Site,
) -> None:
    names = ["Abe", "Bea", "Cid", "Dot", "Eve", "Fay", "Gus", "Ida"]
    site.ask(*[f"{name} Far Down" for name in names])
    page = site.open(
        "alice",
        "/?q=far+down&sort=title",
        viewport={"width": 1280, "height": 560},
    )
    page.wait_for_load_state("networkidle")
    last = page.locator(".row__title").last
    last.click()
    expect(page.get_by_role("heading", name="Reimburse Ida")).to_be_focused()
    expect(last).to_be_in_viewport(ratio=1)
    page.reload()
    expect(last).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_the_menus_above_the_list_stay_inside_a_narrow_window(site: Site) -> None:
    site.question()
    page = site.open("alice", viewport={"width": 320, "height": 700})
    for name in ("Filter", "Order: Due soonest first", "Save view"):
        page.locator(".refine summary", has_text=name).click()
        assert overflow(page) == 0


def test_closing_the_request_gives_the_list_back(site: Site) -> None:
    address = site.question()
    page = site.open("alice")
    page.wait_for_load_state("networkidle")
    link = page.locator(f"#approval-{address.split('/')[2]} a")
    link.click()
    expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("heading", name="Your decision")).to_be_hidden()
    expect(link).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Your decision")).to_be_visible()


def test_several_are_ticked_and_decided_at_once(site: Site) -> None:
    site.ask("Ada Bulk", "Ben Bulk")
    page = site.open("alice", "/?q=bulk&sort=title")
    page.wait_for_load_state("networkidle")
    button = page.get_by_role("button", name="Decide the selected")
    expect(button).to_be_disabled()
    for _each in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("2 selected · you may decide 2")).to_be_visible()
    assert not axe.faults(page)
    button.click()
    page.get_by_label("Approve").check()
    page.get_by_label("Reason for all of them").fill("Agreed in the team.")
    assert not axe.faults(page)
    page.get_by_role("button", name="Decide 2 requests").click()
    expect(page.get_by_role("heading", name="2 requests decided")).to_be_focused()
    assert not axe.faults(page)


def test_what_was_typed_is_back_even_if_the_server_was_away(site: Site) -> None:
    address = site.question()
    page = site.open("alice", address)
    comment = page.get_by_label("Comment")
    comment.fill("Which hotel")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.route("**/draft/", lambda route: route.abort())
    comment.fill("Which hotel was it?")
    expect(page.get_by_text("Not saved, retrying.")).to_be_visible()
    page.unroute("**/draft/")
    page.goto(address)
    expect(page.get_by_label("Comment")).to_have_value("Which hotel was it?")
    expect(page.get_by_role("button", name="Throw the draft away")).to_be_visible()
    assert not axe.faults(page)
    site.complaints.clear()  # the browser's own note of the request we cut off


def test_with_it_switched_on_each_answer_leads_to_the_next_heading(site: Site) -> None:
    here, *_others = site.ask("Ada Onward", "Ben Onward", "Cleo Onward")
    page = site.open("alice", here)
    page.locator(".top .menu > summary").click()
    page.get_by_role("button", name="Open the next request").click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("“Reimburse Ada Onward")).to_be_visible()
    heading = page.locator("#task h1")
    expect(heading).to_be_focused()
    expect(page).not_to_have_url(site.server.url + here)
    assert not axe.faults(page)

    page.goto("/?q=ben+onward")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    expect(heading).to_be_focused()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("“Reimburse Ben Onward")).to_be_visible()
    expect(heading).to_be_focused()
    assert "q=ben+onward" in page.url
    assert not axe.faults(page)
