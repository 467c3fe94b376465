"""Changes asked for and made, and what was decided on the strength of what."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals import change_requests
from approvals.locking import Caller
from approvals.models import Approval
from approvals.rest import bodies, presenting
from approvals.rest.acting import acted, documented_act, found_in
from approvals.rest.preconditions import IF_MATCH, shown_digest
from workflows.rest.base import Endpoint
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented


class ApprovalRequestChanges(Endpoint):
    @documented_act(
        id="request_changes",
        summary="Send an approval back to who started it",
        request=bodies.RequestChanges,
        headers=[IDEMPOTENCY_KEY, IF_MATCH],
        problems=(409, 428),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Say what to change; it comes back as a new version."""

        def act(pk: str, body: bodies.RequestChanges, by: Caller) -> Approval:
            return change_requests.request_changes(
                approval_id=pk,
                caller=by,
                text=body.text,
                digest=shown_digest(request, body.digest),
                version=body.version,
            )

        return acted(request, approval_id, bodies.RequestChanges, act)


class ApprovalResubmit(Endpoint):
    @documented_act(
        id="resubmit",
        summary="Ask again after changes were asked for",
        request=bodies.Resubmit,
        problems=(409, 428),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With an answer, with fields of the proposal edited, or both."""
        return acted(request, approval_id, bodies.Resubmit, _resubmit)


class ApprovalRecall(Endpoint):
    @documented_act(
        id="recall",
        summary="Take an approval back as it is",
        request=bodies.Nothing,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """After changes were asked for and are not needed, or never made."""
        return acted(request, approval_id, bodies.Nothing, _recall, required=False)


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
        return Response({"results": [presenting.receipt(vote) for vote in votes]})


def _resubmit(approval_id: str, body: bodies.Resubmit, by: Caller) -> Approval:
    return change_requests.resubmit(
        approval_id=approval_id,
        caller=by,
        text=body.text,
        edits_made=body.edits,
        version=body.version,
    )


def _recall(approval_id: str, _body: bodies.Nothing, by: Caller) -> Approval:
    return change_requests.recall(approval_id=approval_id, caller=by)
