"""Changes asked for and made, and what was decided on the strength of what."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import change_requests
from approvals.receipts import receipt_of
from approvals.rest import bodies
from approvals.rest.acts import found_in, once, who
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented


class ApprovalRequestChanges(Endpoint):
    @documented(
        id="request_changes",
        tag="approvals",
        summary="Send an approval back to who started it",
        request=bodies.RequestChanges,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409, 428),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Say what to change; it comes back as a new version."""
        found = found_in(request, approval_id)
        body = read_body(request, bodies.RequestChanges)
        return once(
            request,
            found,
            lambda: change_requests.request_changes(
                approval_id=found.pk,
                caller=who(request),
                text=body.text,
                digest=body.digest,
                version=body.version,
            ),
        )


class ApprovalResubmit(Endpoint):
    @documented(
        id="resubmit",
        tag="approvals",
        summary="Ask again after changes were asked for",
        request=bodies.Resubmit,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409, 428),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With an answer, with fields of the proposal edited, or both."""
        found = found_in(request, approval_id)
        body = read_body(request, bodies.Resubmit)
        return once(
            request,
            found,
            lambda: change_requests.resubmit(
                approval_id=found.pk,
                caller=who(request),
                text=body.text,
                edits_made=body.edits,
                version=body.version,
            ),
        )


class ApprovalRecall(Endpoint):
    @documented(
        id="recall",
        tag="approvals",
        summary="Take an approval back as it is",
        request=bodies.Nothing,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """After changes were asked for and are not needed, or never made."""
        found = found_in(request, approval_id)
        read_body(request, bodies.Nothing, required=False)
        return once(
            request,
            found,
            lambda: change_requests.recall(approval_id=found.pk, caller=who(request)),
        )


class ApprovalReceipts(Endpoint):
    @documented(
        id="list_receipts",
        tag="approvals",
        summary="What was decided, and on the strength of what",
        answers={200: bodies.Receipts},
    )
    def get(self, request: Request, approval_id: str) -> Response:
        """One receipt for each vote: who, what, when, and the content as shown."""
        votes = found_in(request, approval_id).decisions.select_related(
            "decided_by", "on_behalf_of", "approval__suspension"
        )
        return Response({"results": [receipt_of(vote) for vote in votes]})
