"""Runs: the list, one run, its events and snapshots."""

from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import get_run
from workflows.models import Run
from workflows.rest import access, bodies, event_stream, presenting
from workflows.rest.access import caller
from workflows.rest.base import Endpoint
from workflows.rest.documenting import PREFER, documented
from workflows.rest.pagination import Ordering, newest_first, oldest_first, page_of
from workflows.rest.query import NoQuery, read_query
from workflows.rest.waiting import wait_asked_for, wait_for_run
from workflows.run_masking import mask_of

ORDERINGS: dict[str, Ordering] = {
    "created_at": oldest_first("created_at"),
    "-created_at": newest_first("created_at"),
    "updated_at": oldest_first("updated_at"),
    "-updated_at": newest_first("updated_at"),
}


class RunList(Endpoint):
    @documented(
        id="list_runs",
        tag="runs",
        summary="Runs you may see",
        query=bodies.RunsQuery,
        answers={200: bodies.RunPage},
    )
    def get(self, request: Request) -> Response:
        """A page of runs without their steps; follow `next` for more."""
        query = read_query(request.query_params, bodies.RunsQuery)
        page = page_of(
            _matching(access.visible_runs(caller(request)), query),
            orderings=ORDERINGS,
            name=query.ordering,
            limit=query.limit,
            cursor=query.cursor,
        )
        results = [presenting.run_summary(run) for run in page.rows]
        return Response(page.as_json(request, results))


class RunDetail(Endpoint):
    @documented(
        id="get_run",
        tag="runs",
        summary="One run",
        headers=[PREFER],
        answers={200: bodies.RunDetail},
    )
    def get(self, request: Request, run_id: str) -> Response:
        """Its status, steps and result; `Prefer: wait=N` lets it end or stop first."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        if seconds := wait_asked_for(request.headers.get("Prefer")):
            wait_for_run(run.pk, seconds)
        return Response(presenting.run_detail(Run.objects.get(pk=run.pk)))


class RunEvents(Endpoint):
    renderer_classes = [JSONRenderer, event_stream.EventStreamRenderer]

    @documented(
        id="list_run_events",
        tag="runs",
        summary="The journal of a run, as a list or live",
        query=bodies.EventsQuery,
        headers=[event_stream.LAST_EVENT_ID],
        answers={200: bodies.EventList, 204: None},
        stream=event_stream.MEDIA_TYPE,
        problems=(429,),
    )
    def get(self, request: Request, run_id: str) -> HttpResponseBase:
        """Events after `after`, in order; fewer than `limit` means that is all.

        With `Accept: text/event-stream` they come as they happen, until the run ends,
        suspends or pauses; 204 when it has ended and nothing more will come.
        """
        query = read_query(request.query_params, bodies.EventsQuery)
        run = access.visible_run(caller(request), run_id)
        if event_stream.is_asked_for(request):
            return event_stream.response(request, run, query.after)
        events = get_run(run.pk).events(after=query.after, limit=query.limit)
        mask = mask_of(run)
        return Response([mask.event(event).as_json() for event in events])


class RunSnapshots(Endpoint):
    @documented(
        id="list_run_snapshots",
        tag="runs",
        summary="The snapshots of a run",
        answers={200: bodies.SnapshotList},
    )
    def get(self, request: Request, run_id: str) -> Response:
        """The folded journal at some of its sequence numbers, oldest first."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        rows = run.snapshots.order_by("seq")
        mask = mask_of(run)
        return Response([presenting.snapshot(row, mask) for row in rows])


def _matching(runs: QuerySet[Run], query: bodies.RunsQuery) -> QuerySet[Run]:
    if query.workflow is not None:
        runs = runs.filter(workflow=query.workflow)
    if query.status:
        runs = runs.filter(status__in=query.status)
    if query.resource_id is not None:
        runs = runs.filter(resource_id=query.resource_id)
    if query.attention is not None:
        parked = ~Q(attention="")
        runs = runs.filter(parked if query.attention else ~parked)
    if query.q:
        runs = runs.filter(
            Q(pk__icontains=query.q)
            | Q(workflow__icontains=query.q)
            | Q(resource_id__icontains=query.q)
        )
    return runs
