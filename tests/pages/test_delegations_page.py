"""Standing in, arranged by the reader on a page that needs no script."""

from datetime import timedelta

from django.utils import timezone

from approvals.models import Delegation
from tests.pages.conftest import Browser, Desk

HERE = "/preferences/delegations/"
DAY = timedelta(days=1)


def typed(days: int) -> str:
    return f"{timezone.localtime() + days * DAY:%Y-%m-%dT%H:%M}"


def test_a_reader_arranges_and_ends_it(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    fields = {"delegate": "carol", "starts_at": typed(-1), "ends_at": typed(3)}
    assert alice.post(HERE, fields).status_code == 302
    made = Delegation.objects.get()
    assert (made.delegator, made.delegate) == (desk.alice, desk.carol)
    assert "</bdi> stands in for you" in alice.get(HERE).content.decode()
    carol = browser(desk.carol)
    assert "You stand in for" in carol.get(HERE).content.decode()
    assert carol.post(f"{HERE}{made.pk}/end/").status_code == 404
    assert alice.post(f"{HERE}{made.pk}/end/").status_code == 302
    made.refresh_from_db()
    assert made.ends_at <= timezone.now()
    assert "</bdi> stands in for you" not in alice.get(HERE).content.decode()


def test_the_page_says_in_which_zone_its_times_are(
    desk: Desk, browser: Browser
) -> None:
    alice = browser(desk.alice)
    alice.cookies["zone"] = "Asia/Tokyo"
    assert alice.get(HERE).content.decode().count("Time zone: Asia/Tokyo") == 2


def test_what_makes_no_sense_is_told_at_its_field(desk: Desk, browser: Browser) -> None:
    fields = {"delegate": "nobody", "starts_at": typed(-1), "ends_at": typed(3)}
    for changes, words in (
        ({}, "nobody called nobody"),
        ({"delegate": "alice"}, "stands in for themselves"),
        ({"delegate": "bob", "ends_at": typed(-3)}, "end after it begins"),
        ({"delegate": "bob", "starts_at": "soon"}, "valid date"),
        ({"delegate": "bob", "workflow": "unheard-of"}, "valid choice"),
    ):
        response = browser(desk.alice).post(HERE, {**fields, **changes})
        assert response.status_code == 422
        assert words in response.content.decode()
    assert not Delegation.objects.exists()
