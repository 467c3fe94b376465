"""Approvals: the inbox, one question, a rehearsal, the answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import decisions, inbox, searching, snoozing
from approvals.errors import EditMismatch
from approvals.models import Approval, ApprovalQuerySet
from approvals.persons import person_of
from approvals.rest import bodies, presenting
from approvals.rest.guard import address, token_id
from approvals.rest.preconditions import IF_MATCH, shown_digest
from approvals.statuses import Channel
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.pagination import Key, Ordering, newest_first, oldest_first, page_of
from workflows.rest.presenting import instant
from workflows.rest.problems import pointing_at
from workflows.rest.query import NoQuery, read_query

ORDERINGS: dict[str, Ordering] = {
    # As `approvals.models.MOST_URGENT_FIRST`; a test holds the two together.
    "urgency": (
        Key(field="due_at", nullable=True),
        Key(field="priority_rank", kind=int),
        Key(field="created_at"),
        Key(field="pk", kind=str),
    ),
    "created_at": oldest_first("created_at"),
    "-created_at": newest_first("created_at"),
    "-closed_at": (
        Key(field="closed_at", descending=True, nullable=True),
        Key(field="pk", kind=str, descending=True),
    ),
}


class ApprovalList(Endpoint):
    @documented(
        id="list_approvals",
        tag="approvals",
        summary="Approvals you may see",
        query=bodies.ApprovalsQuery,
        answers={200: bodies.ApprovalPage},
    )
    def get(self, request: Request) -> Response:
        """With `mine=true` the inbox: what you can answer now, most urgent first.

        What you snoozed is left out until its time, and stands under `snoozed=true`.
        """
        query = read_query(request.query_params, bodies.ApprovalsQuery)
        user = caller(request)
        base = inbox.waiting_for(user) if query.mine else inbox.visible_to(user)
        if query.sent_back:
            base = inbox.sent_back_to(user)
        if query.snoozed:
            base = inbox.snoozed_by(user)
        page = page_of(
            _matching(base, query).select_related("initiator", "claimed_by"),
            orderings=ORDERINGS,
            name=query.ordering,
            limit=query.limit,
            cursor=query.cursor,
        )
        results = [presenting.approval_summary(approval) for approval in page.rows]
        return Response(page.as_json(request, results))


class ApprovalDetail(Endpoint):
    @documented(
        id="get_approval",
        tag="approvals",
        summary="One approval",
        answers={200: bodies.ApprovalDetail},
    )
    def get(self, request: Request, approval_id: str) -> Response:
        """The question, the answer's schema, and what you may do with it."""
        read_query(request.query_params, NoQuery)
        return Response(detail(request, approval_id))


class ApprovalValidate(Endpoint):
    @documented(
        id="validate_answer",
        tag="approvals",
        summary="Try an answer without giving it",
        request=bodies.WithEdits,
        answers={200: bodies.Fits},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """By the validators that the answer itself will pass; nothing is written."""
        read_query(request.query_params, NoQuery)
        found = visible(request, approval_id)
        body = read_body(request, bodies.WithEdits)
        with pointing_at_answer():
            data = decisions.validate(
                approval_id=found.pk,
                user=caller(request),
                data=body.data,
                edits=body.edits,
            )
        return Response({"valid": True, "data": data})


class ApprovalDecide(Endpoint):
    @documented(
        id="decide",
        tag="approvals",
        summary="Answer an approval",
        request=bodies.Decide,
        headers=[IDEMPOTENCY_KEY, IF_MATCH],
        answers={200: bodies.ApprovalDetail},
        problems=(409, 410, 428),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Name the digest and version you were shown; one of several answers wins."""
        read_query(request.query_params, NoQuery)
        body = read_body(request, bodies.Decide)

        def act() -> Answer:
            _decide(request, possible(approval_id), body)
            return Answer(status=200, body=detail(request, approval_id))

        return answer_once(request, act)


def _matching(
    approvals: ApprovalQuerySet, query: bodies.ApprovalsQuery
) -> ApprovalQuerySet:
    if query.status:
        approvals = approvals.filter(status__in=query.status)
    if query.priority:
        approvals = approvals.filter(priority__in=query.priority)
    if query.workflow is not None:
        approvals = approvals.filter(workflow=query.workflow)
    if query.run is not None:
        approvals = approvals.filter(run=query.run)
    if query.needs_assignment is not None:
        flagged = Q(needs_assignment=query.needs_assignment)
        approvals = approvals.open().filter(flagged)
    if query.overdue is not None:
        late = Q(due_at__lte=timezone.now())
        approvals = approvals.open().filter(late if query.overdue else ~late)
    if query.q:
        approvals = searching.matching(approvals, query.q)
    return approvals


def visible(request: Request, approval_id: str) -> Approval:
    """The approval, or the same 404 for unknown, hidden and malformed ids."""
    return inbox.get_visible(caller(request), possible(approval_id))


def possible(approval_id: str) -> str:
    """The id, or one that nothing has where the database would not take it."""
    return approval_id if approval_id.isprintable() else ""


def detail(request: Request, approval_id: str) -> JSONObject:
    user = caller(request)
    person = person_of(user)
    found = inbox.get_visible(user, possible(approval_id), person=person)
    aside = snoozing.snoozed_until(found, user)
    shown = presenting.approval_detail(found, person)
    return {**shown, "snoozed_until": instant(aside)}


@contextmanager
def pointing_at_answer() -> Iterator[None]:
    """Faults of an answer lie below `/data`, those of an edited proposal `/edits`."""
    try:
        yield
    except EditMismatch:
        with pointing_at(""):
            raise
    except SchemaMismatch:
        with pointing_at("/data"):
            raise


def _decide(request: Request, approval_id: str, body: bodies.Decide) -> None:
    with pointing_at_answer():
        decisions.decide(
            approval_id=approval_id,
            decided_by=caller(request),
            data=body.data,
            digest=shown_digest(request, body.digest),
            version=body.version,
            edits=body.edits,
            channel=Channel.REST,
            now=timezone.now(),
            token_id=token_id(request),
            address=address(request),
        )
