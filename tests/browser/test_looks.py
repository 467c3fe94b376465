"""What eye and keyboard need: the system's own colours, stillness, a free view."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask

ZOOMED = {"width": 320, "height": 256}  # 1280 by 1024 at 400 %
COVERED = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return "";
  const { left, right, top, bottom } = focused.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const seen = document.elementFromPoint(x, (top + bottom) / 2);
  const isSeen = seen && (focused.contains(seen) || seen.contains(focused));
  return isSeen || bottom - top > innerHeight ? "" : focused.outerHTML.slice(0, 90);
}"""


def style(page: Page, selector: str, name: str) -> str:
    found: str = page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element)[name]", name
    )
    return found


def test_in_the_systems_own_colours_everything_has_its_edge(site: Site) -> None:
    page = site.open("alice", site.question(), forced_colors="active")
    for selector in (".badge", ".panel", ".acts .button"):
        assert style(page, selector, "borderTopStyle") == "solid", selector
    page.goto("/")
    for selector in (".top__nav [aria-current]", ".views-list [aria-current]"):
        assert style(page, selector, "outlineStyle") == "solid", selector
    assert style(page, '.segmented [aria-pressed="true"]', "borderTopWidth") == "2px"
    assert style(page, '.segmented [aria-pressed="false"]', "borderTopWidth") == "0px"


def test_who_wants_no_motion_sees_none(site: Site) -> None:
    page = site.open("alice", reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((each) => {
            const { animationName, transitionDuration } = getComputedStyle(each);
            return animationName !== "none" || parseFloat(transitionDuration) > 0.01;
        }).map((each) => each.outerHTML.slice(0, 90))"""
    )
    assert moving == []
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()


def test_the_bar_at_the_bottom_never_covers_the_focus(site: Site) -> None:
    address = ask(site)
    for size in ({"width": 320, "height": 640}, ZOOMED):
        page = site.open("alice", address, viewport=size)
        for _ in range(90):
            page.keyboard.press("Tab")
            assert page.evaluate(COVERED) == ""


def test_a_link_to_the_request_can_be_taken_along(site: Site) -> None:
    address = site.question()
    page = site.open("alice", address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{site.server.url}{address}"
    expect(page.get_by_role("button", name="Print")).to_be_visible()


def test_a_long_payload_is_searched_by_path_and_value(site: Site) -> None:
    page = site.open("alice", ask(site))
    page.get_by_text("Every value by its path").click()
    lines = page.locator("#paths > div:visible")
    before = lines.count()
    page.get_by_label("Only with").fill("lines.1 oak")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("Cupboards, oak")
    page.get_by_label("Only with").fill("")
    expect(lines).to_have_count(before)
