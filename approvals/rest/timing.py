"""What clients do about time: take an answer back, move a due date."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import due_dates, reservations
from approvals.locking import Caller
from approvals.models import Approval
from approvals.rest import bodies
from approvals.rest.acts import acted
from approvals.rest.moments import moment_in
from workflows.rest.base import Endpoint
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented


class ApprovalUndo(Endpoint):
    @documented(
        id="undo_decision",
        tag="approvals",
        summary="Take your answer back",
        request=bodies.Nothing,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Until `release_at` it has not gone ahead; afterwards 409."""
        return acted(request, approval_id, bodies.Nothing, _undo, required=False)


def _undo(approval_id: str, _body: bodies.Nothing, by: Caller) -> Approval:
    return reservations.undo(approval_id=approval_id, caller=by)


class ApprovalExtend(Endpoint):
    @documented(
        id="extend_approval",
        tag="approvals",
        summary="Move the due date of an approval",
        request=bodies.Extend,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With `approvals.assign_approval`: what follows from it moves along."""
        return acted(request, approval_id, bodies.Extend, _extend)


class ApprovalExpire(Endpoint):
    @documented(
        id="expire_approval",
        tag="approvals",
        summary="Bring about now what the due date does",
        request=bodies.Reason,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
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
