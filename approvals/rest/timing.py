"""What clients do about time: take an answer back."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import reservations
from approvals.rest import bodies
from approvals.rest.acts import who
from approvals.rest.views import detail, visible
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.query import NoQuery, read_query


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
        read_query(request.query_params, NoQuery)
        approval = visible(request, approval_id)
        read_body(request, bodies.Nothing, required=False)

        def act() -> Answer:
            reservations.undo(approval_id=approval.pk, caller=who(request))
            return Answer(status=200, body=detail(request, approval.pk))

        return answer_once(request, act)
