"""``manage.py decide`` and the system check: the same rules without a browser."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from approvals import ApprovalPolicy
from approvals.checks import nobody_to_ask
from approvals.models import Approval, AuditRow, Decision
from tests.approvals.conftest import Desk


def decide(approval: Approval | str, **options: Any) -> str:
    out = StringIO()
    pk = approval if isinstance(approval, str) else approval.pk
    given = {"username": "alice", "data": '{"approved": true}', **options}
    call_command("decide", pk, stdout=out, **given)
    return out.getvalue()


def test_the_command_decides_as_the_person_named(desk: Desk) -> None:
    approval = desk.ask()
    assert decide(approval) == "Recorded: approved. The run goes on.\n"
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.channel) == (desk.alice, "command")
    assert AuditRow.objects.get().channel == "command"


def test_the_command_says_when_more_votes_are_needed(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    assert "Other people's votes are awaited" in decide(approval)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": "nobody"}, "no user nobody"),
        ({"username": "carol"}, "no such approval"),
        ({"username": "ines"}, "not among the people"),
        ({"data": "{"}, "does not fit"),
        ({"data": '{"approved": true, "approved": false}'}, "does not fit"),
        ({"data": '{"approved": "yes"}'}, "approved: "),
    ],
)
def test_the_command_refuses_in_words_and_changes_nothing(
    desk: Desk, options: dict[str, str], words: str
) -> None:
    approval = desk.ask()
    with pytest.raises(CommandError, match=words):
        decide(approval, **options)
    assert not Decision.objects.exists()


def test_the_command_names_the_winner_of_what_was_decided(desk: Desk) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.bob)
    with pytest.raises(CommandError, match="Bob Stone already answered"):
        decide(approval)
    with pytest.raises(CommandError, match="no such approval"):
        decide("unknown")


def test_steps_that_ask_nobody_are_named_by_the_system_check(desk: Desk) -> None:
    desk.workflow(ApprovalPolicy(groups=["managers"]), "asks")
    desk.workflow(ApprovalPolicy(users=lambda question: ["alice"]), "asks-somebody")
    assert nobody_to_ask(None) == []
    desk.workflow(None, "forgot")
    desk.workflow(ApprovalPolicy(priority="high"), "forgot-as-well")
    found = nobody_to_ask(None)
    assert [message.id for message in found] == ["approvals.W001"] * 2
    assert "ask of forgot" in found[0].msg
