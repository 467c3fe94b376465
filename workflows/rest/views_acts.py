"""What is done to a run: resume, cancel, restart, time travel."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import RunResult, get_run, locked
from workflows.errors import DefinitionChanged, RunIsFinished, WorkflowNotFound
from workflows.models import Run
from workflows.rest import access, bodies, presenting
from workflows.rest.access import caller
from workflows.rest.addressing import addressed, strictly_accepted
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.query import NoQuery, read_query
from workflows.rest.traveling import strictly_traveling
from workflows.run import Run as Handle
from workflows.statuses import TERMINAL_RUN, RunStatus


class RunResume(Endpoint):
    @documented(
        id="resume_run",
        tag="runs",
        summary="Answer a suspended step, as a program",
        request=bodies.ResumeRun,
        headers=[IDEMPOTENCY_KEY],
        answers={202: bodies.RunDetail},
        problems=(409,),
    )
    def post(self, request: Request, run_id: str) -> Response:
        """People answer approvals instead; a program needs `workflows.resume_run`."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        body = read_body(request, bodies.ResumeRun)
        return _acted(request, run, partial(_resume, request, run, body))


class RunCancel(Endpoint):
    @documented(
        id="cancel_run",
        tag="runs",
        summary="Cancel a run",
        request=bodies.NoFields,
        headers=[IDEMPOTENCY_KEY],
        answers={202: bodies.RunDetail},
        problems=(409,),
    )
    def post(self, request: Request, run_id: str) -> Response:
        """For operators, and for who started it. A finished run stays what it is."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        access.require_cancel(caller(request), run)
        read_body(request, bodies.NoFields, required=False)
        return _acted(request, run, partial(_cancel, user_id=caller(request).pk))


class RunRestart(Endpoint):
    @documented(
        id="restart_run",
        tag="runs",
        summary="Restart a run that stands still",
        request=bodies.NoFields,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.RunDetail, 202: bodies.RunDetail},
        problems=(409,),
    )
    def post(self, request: Request, run_id: str) -> Response:
        """Goes on after the last recorded step; a finished run is given unchanged."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        access.require(caller(request), access.OPERATE_RUN, "restart a run")
        read_body(request, bodies.NoFields, required=False)
        if run.status in TERMINAL_RUN:
            return Response(presenting.run_detail(Run.objects.get(pk=run.pk)))
        return _acted(request, run, partial(_restart, user_id=caller(request).pk))


class RunTimeTravel(Endpoint):
    @documented(
        id="time_travel_run",
        tag="runs",
        summary="Execute a run anew from a step on",
        request=bodies.TravelInTime,
        headers=[IDEMPOTENCY_KEY],
        answers={202: bodies.RunDetail},
        problems=(409,),
    )
    def post(self, request: Request, run_id: str) -> Response:
        """In a new generation of this run; with `fork` in a new run, which is given."""
        read_query(request.query_params, NoQuery)
        run = access.visible_run(caller(request), run_id)
        access.require(caller(request), access.OPERATE_RUN, "take a run through time")
        body = read_body(request, bodies.TravelInTime)
        return _acted(request, run, partial(_travel, request, run, body))


def _acted(
    request: Request, run: Run, act: Callable[[Handle], RunResult | RunStatus]
) -> Response:
    """Do it once, on the word of who asks, and answer with what the run is then."""

    def answer() -> Answer | DefinitionChanged:
        with transaction.atomic(), access.acting(request):
            locked(run.pk)
            try:
                with _installed():
                    done = act(get_run(run.pk))
            except DefinitionChanged as changed:
                return changed  # to commit what the engine noted on the run
        return _accepted(done.run_id if isinstance(done, RunResult) else run.pk)

    return answer_once(request, answer)


@contextmanager
def _installed() -> Iterator[None]:
    """A run whose workflow is not installed is there all the same: 409, not 404."""
    try:
        yield
    except WorkflowNotFound as gone:
        raise DefinitionChanged(str(gone), difference=str(gone)) from gone


def _resume(
    request: Request, run: Run, body: bodies.ResumeRun, handle: Handle
) -> RunResult:
    """Find out what is meant, who must answer it, and whether the data fits; resume."""
    meant = addressed(run, body)
    access.require_resume(caller(request), meant.suspension_ids)
    accepted = strictly_accepted(run, body, meant)
    return handle.resume(
        accepted.resume_data,
        suspension_id=accepted.suspension_id,
        step=accepted.step,
        label=accepted.label,
        foreach_index=accepted.foreach_index,
        resumed_by={"channel": "rest", "user": caller(request).pk},
        wait=False,
    )


def _cancel(run: Handle, *, user_id: int) -> RunStatus:
    before = run.status
    became = run.cancel(by={"user": user_id, "channel": "rest"})
    if before in TERMINAL_RUN or became != RunStatus.CANCELED:
        raise RunIsFinished(f"The run had already ended; it is {became}.")
    return became


def _restart(run: Handle, *, user_id: int) -> RunResult:
    return run.restart(by={"user": user_id, "channel": "rest"}, wait=False)


def _travel(
    request: Request, run: Run, body: bodies.TravelInTime, handle: Handle
) -> RunResult:
    options = strictly_traveling(run, body).model_dump(exclude={"step"})
    by = {"user": caller(request).pk, "channel": "rest"}
    return handle.time_travel(body.step, **options, by=by, wait=False)


def _accepted(run_id: str) -> Answer:
    row = Run.objects.get(pk=run_id)
    return Answer(status=202, body=presenting.run_detail(row))
