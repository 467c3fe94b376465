"""Changes are asked of somebody who is then gone: operators see it at once."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from approvals import assigning, change_requests, errors, inbox
from approvals.models import Approval
from approvals.persons import person_of
from approvals.policies import eligibility
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_claiming import olga as olga

GONE = (
    "Changes were asked for, but who started this is no longer active.",
    "It can be taken back as it is.",
)


@pytest.fixture
def sent_back(desk: Desk) -> Approval:
    approval = desk.ask()
    send_back(approval, desk.alice, "Which account?")
    return approval


@pytest.fixture
def set_active(django_capture_on_commit_callbacks: Any) -> Any:
    def act(user: User, active: bool) -> None:
        user.is_active = active
        with django_capture_on_commit_callbacks(execute=True):
            user.save()

    return act


def test_what_lies_with_somebody_who_is_gone_is_flagged_at_once(
    desk: Desk, sent_back: Approval, set_active: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert list(inbox.unassigned()) == []
    set_active(desk.ines, False)
    assert list(inbox.unassigned()) == [sent_back]
    assert "nobody can decide" in caplog.text
    found = inbox.get_visible(desk.bob, sent_back.pk)
    assert eligibility(desk.bob, found).reasons == GONE
    set_active(desk.ines, True)
    assert list(inbox.unassigned()) == []


def test_who_would_decide_takes_it_back_and_the_flag_goes(
    desk: Desk, sent_back: Approval, set_active: Any
) -> None:
    set_active(desk.ines, False)
    change_requests.recall(approval_id=sent_back.pk, caller=by(desk.bob))
    assert list(inbox.unassigned()) == []
    assert desk.answer(sent_back, desk.bob).outcome == "approved"


def test_to_ask_others_does_not_bring_it_back(
    desk: Desk, sent_back: Approval, set_active: Any, olga: User
) -> None:
    set_active(desk.ines, False)
    assigning.assign(approval_id=sent_back.pk, caller=by(olga), users=["bob"])
    assert list(inbox.unassigned()) == [sent_back]
    with pytest.raises(errors.SentBack):
        desk.answer(sent_back, desk.bob)
    assert person_of(olga).assigns()
    change_requests.recall(approval_id=sent_back.pk, caller=by(olga))
    assert list(inbox.unassigned()) == []
