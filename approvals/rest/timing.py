"""What clients do about time: take an answer back, move a due date, snooze."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import due_dates, inbox, reservations, snoozing
from approvals.locking import Caller
from approvals.models import Approval
from approvals.rest import bodies
from approvals.rest.acting import acted, documented_act
from approvals.rest.moments import moment_in
from workflows.rest.base import Endpoint


class ApprovalUndo(Endpoint):
    @documented_act(
        id="undo_decision",
        summary="Take your answer back",
        request=bodies.Nothing,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Until `release_at` it has not gone ahead; afterwards 409."""
        return acted(request, approval_id, bodies.Nothing, _undo, required=False)


def _undo(approval_id: str, _body: bodies.Nothing, by: Caller) -> Approval:
    return reservations.undo(approval_id=approval_id, caller=by)


class ApprovalExtend(Endpoint):
    @documented_act(
        id="extend_approval",
        summary="Move the due date of an approval",
        request=bodies.Extend,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With `approvals.assign_approval`: what follows from it moves along."""
        return acted(request, approval_id, bodies.Extend, _extend)


class ApprovalExpire(Endpoint):
    @documented_act(
        id="expire_approval",
        summary="Bring about now what the due date does",
        request=bodies.Reason,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With `approvals.assign_approval`. A worker does it at once; a person who
        answers in the same moment may still be first."""
        return acted(request, approval_id, bodies.Reason, _expire)


def _extend(approval_id: str, body: bodies.Extend, by: Caller) -> Approval:
    return due_dates.extend(
        approval_id=approval_id,
        caller=by,
        due_at=moment_in(body.due_at, "due_at"),
        reason=body.reason,
    )


def _expire(approval_id: str, body: bodies.Reason, by: Caller) -> Approval:
    return due_dates.expire(approval_id=approval_id, caller=by, reason=body.reason)


class ApprovalSnooze(Endpoint):
    @documented_act(
        id="snooze_approval",
        summary="Put an approval aside until a moment",
        request=bodies.Snooze,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """It leaves your own inbox (`mine=true`) until then, and nobody else's.

        Once more moves the moment.
        """
        return acted(request, approval_id, bodies.Snooze, _snooze)


class ApprovalWake(Endpoint):
    @documented_act(
        id="wake_approval",
        summary="Have a snoozed approval back",
        request=bodies.Nothing,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """It waits for you again, at once; harmless if you did not snooze it."""
        return acted(request, approval_id, bodies.Nothing, _wake, required=False)


def _snooze(approval_id: str, body: bodies.Snooze, by: Caller) -> None:
    until = moment_in(body.until, "until")
    snoozing.snooze(approval=_found(approval_id, by), user=by.user, until=until)


def _wake(approval_id: str, _body: bodies.Nothing, by: Caller) -> None:
    snoozing.wake(approval=_found(approval_id, by), user=by.user)


def _found(approval_id: str, by: Caller) -> Approval:
    return inbox.get_visible(by.user, approval_id)
