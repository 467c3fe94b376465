"""Who hears of what, when one person stands in for another."""

from dataclasses import replace

from django.core import mail
from django.test import Client

from approvals import ApprovalPolicy
from approvals.models import Delegation
from tests.approvals.test_duties import away
from tests.notifications.conftest import Office
from tests.notifications.test_links import DIRECT, mailed
from workflows.rows import database_now

ALICE, BOB, CAROL, INES = (
    f"{name}@desk.example" for name in ("alice", "bob", "carol", "ines")
)


def test_who_stands_in_for_somebody_is_told_as_long_as_that_lasts(
    office: Office,
) -> None:
    stands_in = away(office, office.bob, office.carol)
    office.ask()
    assert office.post() == [ALICE, BOB, CAROL]
    Delegation.objects.filter(pk=stands_in.pk).update(ends_at=database_now())
    office.ask()
    assert office.post() == [ALICE, BOB]


def test_who_was_away_learns_what_was_decided_in_their_name(office: Office) -> None:
    away(office, office.bob, office.carol)
    approval = office.ask(ApprovalPolicy(users=["bob"]))
    office.post()
    office.answer(approval, office.carol, now=database_now())
    assert office.post() == [BOB, INES]
    assert "Carol West: approved, standing in for Bob Stone" in mail.outbox[-1].body


def test_who_decides_by_a_link_for_somebody_reads_for_whom(
    office: Office, client: Client
) -> None:
    away(office, office.bob, office.carol)
    _approval, path = mailed(
        office, replace(DIRECT, users=["bob"])
    )  # the last is Carol's
    page = client.get(path).content.decode()
    assert "You decide this as <bdi>Carol West</bdi>, once." in page
    assert "You answer for Bob Stone." in page
    _approval, path = mailed(office)
    assert "You answer for" not in client.get(path).content.decode()
