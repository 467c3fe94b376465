"""The whole of a payload as a flat list, besides what its schema makes of it."""

from approvals.pages import paths
from tests.pages.conftest import Browser, Desk
from workflows.json_gate import JSONValue


def test_each_value_stands_after_its_path() -> None:
    value: JSONValue = {"a": {"b": [1, {"c": "x"}], "d": {}}, "e": None, "f": False}
    assert paths.lines(value) == (
        ("a.b.0", "1"),
        ("a.b.1.c", "x"),
        ("a.d", "{}"),
        ("e", "null"),
        ("f", "false"),
    )
    assert paths.lines("plain") == (("", "plain"),)


def test_a_long_payload_makes_no_endless_page() -> None:
    assert len(paths.lines(list(range(5_000)))) == paths.MOST


def test_the_page_of_a_request_has_it_folded(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(amount=1234)
    page = browser(desk.alice).get(f"/approvals/{approval.pk}/").content.decode()
    assert "Every value by its path" in page
    assert '<dt class="mono"><bdi>amount</bdi></dt><dd><bdi>1234</bdi></dd>' in page
