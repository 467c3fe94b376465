"""Workflows: what there is, and starting a run of it."""

from functools import partial
from typing import Any, cast

from django.db import transaction
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import registry
from workflows.api import Workflow
from workflows.errors import RunAlreadyStarted
from workflows.models import Run
from workflows.rest import access, bodies, presenting
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, PREFER, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.problems import pointing_at
from workflows.rest.query import NoQuery, read_query
from workflows.rest.waiting import wait_asked_for, wait_for_run


class WorkflowList(Endpoint):
    @documented(
        id="list_workflows",
        tag="workflows",
        summary="All workflows",
        answers={200: bodies.WorkflowList},
    )
    def get(self, request: Request) -> Response:
        """In order of registration; several versions of one id stand side by side."""
        read_query(request.query_params, NoQuery)
        return Response([presenting.workflow_summary(one) for one in registry.all()])


class WorkflowDetail(Endpoint):
    @documented(
        id="get_workflow",
        tag="workflows",
        summary="One workflow",
        query=bodies.WorkflowQuery,
        answers={200: bodies.WorkflowDetail},
    )
    def get(self, request: Request, workflow_id: str) -> Response:
        """Its graph, and the JSON Schemas of input, output, questions and answers."""
        query = read_query(request.query_params, bodies.WorkflowQuery)
        workflow = registry.get(workflow_id, query.version)
        return Response(presenting.workflow_detail(workflow))


class WorkflowRuns(Endpoint):
    @documented(
        id="start_run",
        tag="workflows",
        summary="Start a run",
        request=bodies.StartRun,
        headers=[IDEMPOTENCY_KEY, PREFER],
        answers={201: bodies.RunDetail},
        problems=(409,),
    )
    def post(self, request: Request, workflow_id: str) -> Response:
        """Stored before it is answered; a worker executes it."""
        read_query(request.query_params, NoQuery)
        workflow = cast(Workflow, registry.get(workflow_id))
        access.require(caller(request), access.START_RUN, "start a workflow")
        body = read_body(request, bodies.StartRun)
        accepted = _accepted(workflow, body)
        seconds = wait_asked_for(request.headers.get("Prefer"))
        return answer_once(
            request,
            partial(_start, workflow, accepted, caller(request)),
            wait=seconds,
            then=partial(_wait, seconds),
        )


def _accepted(workflow: Workflow, body: bodies.StartRun) -> bodies.StartRun:
    """The body with its data as the workflow's own schemas take it, strictly.

    It goes on loaded, because a strict model would not take its own JSON from Python.
    """
    schemas = workflow.schemas
    with pointing_at("/input_data"):
        input_data = schemas.input.load(schemas.input.accept_strict(body.input_data))
    state: Any = body.initial_state
    if state is not None:
        with pointing_at("/initial_state"):
            state = schemas.state.load(schemas.state.accept_strict(state))
    return body.model_copy(update={"input_data": input_data, "initial_state": state})


def _start(workflow: Workflow, body: bodies.StartRun, initiator: Any) -> Answer:
    with transaction.atomic():
        if body.run_id is not None:
            _refuse_taken(body.run_id, initiator)
        run = workflow.create_run(
            run_id=body.run_id, resource_id=body.resource_id, initiator=initiator
        )
        run.start(body.input_data, initial_state=body.initial_state, wait=False)
    return _created(run.id)


def _refuse_taken(run_id: str, user: Any) -> None:
    """A taken id is no handle here; its status is told to who may see the run."""
    if not Run.objects.filter(pk=run_id).exists():
        return
    seen = access.visible_runs(user).filter(pk=run_id).first()
    became = f"; that run is {seen.status}" if seen else ""
    raise RunAlreadyStarted(f"The run id {run_id} is taken{became}.")


def _wait(seconds: float, started: Answer) -> Answer:
    run_id = str(started.body["run_id"])
    wait_for_run(run_id, seconds)
    return _created(run_id)


def _created(run_id: str) -> Answer:
    row = Run.objects.get(pk=run_id)
    return Answer(
        status=201,
        body=presenting.run_detail(row),
        location=reverse("rest:run", args=[run_id]),
    )
