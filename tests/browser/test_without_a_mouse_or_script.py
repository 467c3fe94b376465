"""A whole decision without a script, one without a mouse; and the look of a page."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site


def test_a_decision_without_a_script(site: Site) -> None:
    (address,) = site.ask("Lea Holm")
    page = site.open("alice", java_script_enabled=False)
    page.get_by_role("searchbox").fill("lea holm")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator("[data-row]").get_by_role("link").click()
    expect(page).to_have_url(site.server.url + address)

    page.get_by_role("button", name="Reject").click()
    page.get_by_role("link", name="Say why you reject this.").click()
    page.get_by_label("Comment").fill("The rate is above the limit.")
    page.get_by_role("button", name="Reject").click()

    expect(page.get_by_text("Rejected.")).to_be_visible()
    expect(page.get_by_text("The rate is above the limit.")).to_be_visible()
    page.get_by_role("link", name="See the run").click()
    expect(page.get_by_text("Alice answered Manager approval.")).to_be_visible()


def test_the_second_answer_without_a_script_keeps_its_text(site: Site) -> None:
    address = site.question()
    bob = site.open("bob", address, java_script_enabled=False)
    bob.get_by_label("Comment").fill("Which hotel?")
    alice = site.open("alice", address, java_script_enabled=False)
    alice.get_by_role("button", name="Approve").click()
    bob.get_by_role("button", name="Approve").click()
    expect(bob.get_by_role("heading", name="Alice was faster")).to_be_visible()
    expect(bob.get_by_text("Which hotel?")).to_be_visible()


def test_a_decision_without_a_mouse(site: Site) -> None:
    site.ask("Nia Abel")
    page = site.open("alice", "/?q=nia+abel")
    press(page, "Tab", until="Skip to content")
    page.keyboard.press("Enter")
    press(page, "Tab", until="Reimburse Nia Abel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    comment = page.get_by_label("Comment")
    for _stop in range(60):
        if comment.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("All receipts are there.")
    press(page, "Tab", until="Approve")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved.")).to_be_focused()
    expect(page.get_by_text("All receipts are there.")).to_be_visible()


def test_enter_in_a_field_answers_nothing(site: Site) -> None:
    page = site.open("oskar", "/workflows/expense-approval/start/")
    page.get_by_label("Employee").fill("Ove Rask")
    page.get_by_label("Employee").press("Enter")
    expect(page).to_have_url(site.server.url + "/workflows/expense-approval/start/")
    expect(page.get_by_label("Employee")).to_have_value("Ove Rask")


def test_the_look_changes_in_place_and_is_kept(site: Site) -> None:
    address = site.question()
    page = site.open("alice", address)
    page.get_by_label("Comment").fill("Half a sentence")
    light = background(page)
    page.locator(".top .menu > summary").click()
    with page.expect_response("**/preferences/theme/"):
        page.get_by_role("button", name="Dark").click()
    assert background(page) != light
    expect(page.get_by_role("button", name="Dark")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_label("Comment")).to_have_value("Half a sentence")
    page.goto("/runs/")
    assert background(page) != light


def test_a_time_tells_its_exact_moment_to_who_asks(site: Site) -> None:
    address = site.question()
    page = site.open("alice", address)
    time = page.locator("time.when").first
    time.focus()
    shown = time.evaluate("e => getComputedStyle(e, '::after').content")
    assert "2" in shown
    assert "UTC" in shown


def test_times_are_in_the_zone_of_the_reader(site: Site) -> None:
    address = site.question()
    page = site.open("alice", timezone_id="Asia/Tokyo")
    page.goto(address)
    expect(page.locator("time.when").first).to_contain_text("JST")


def press(page: Page, key: str, *, until: str) -> None:
    """Press a key until what has the focus says this."""
    for _time in range(60):
        page.keyboard.press(key)
        if until in page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"{until!r} never had the focus")


def background(page: Page) -> str:
    colour: str = page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor"
    )
    return colour
