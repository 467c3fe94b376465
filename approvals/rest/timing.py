"""What clients do about time: take an answer back."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import reservations
from approvals.locking import Caller
from approvals.models import Approval
from approvals.rest import bodies
from approvals.rest.acts import acted
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
