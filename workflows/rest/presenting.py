"""Rows and definitions as the API shows them."""

from datetime import UTC, datetime

from django.urls import reverse

from workflows import get_run, graph
from workflows.definition import Step, Workflow
from workflows.graph import StepEntry
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Run, Snapshot
from workflows.rest import access
from workflows.results import as_json
from workflows.run_masking import RunMask, input_without_secrets, mask_of
from workflows.schedules import ScheduleInfo

LINKED = ("events", "snapshots", "resume", "cancel", "restart", "time-travel")


def workflow_summary(workflow: Workflow) -> JSONObject:
    address = reverse("rest:workflow", args=[workflow.id])
    return {
        "id": workflow.id,
        "version": workflow.version,
        "description": workflow.description,
        "links": {
            "self": f"{address}?version={workflow.version}",
            "runs": reverse("rest:workflow-runs", args=[workflow.id]),
        },
    }


def workflow_detail(workflow: Workflow) -> JSONObject:
    """The graph, and the JSON Schemas of everything that is sent, answered or asked."""
    schemas = workflow.schemas
    steps: JSONObject = {
        ".".join(path): _step_schemas(named.step)
        for path, named in graph.walk(workflow)
        if isinstance(named, StepEntry)
    }
    return {
        **workflow_summary(workflow),
        "graph": workflow.graph(),
        "input_schema": schemas.input.json_schema(),
        "output_schema": schemas.output.json_schema("serialization"),
        "state_schema": schemas.state.json_schema(),
        "steps": steps,
    }


def _step_schemas(step: Step) -> JSONObject:
    return {
        "description": step.description,
        "resume_schema": step.schemas.resume.json_schema(),
        "suspend_schema": step.schemas.suspend.json_schema("serialization"),
    }


def run_summary(run: Run) -> JSONObject:
    """A run in a list: from its own row, without its journal."""
    mask = mask_of(run, whole=False)
    error: JSONObject = {"error": run.error_value} if run.error else {}
    return {
        "run_id": run.pk,
        "workflow_id": run.workflow,
        "resource_id": run.resource_id or None,
        "status": run.status,
        "attention": mask.text(run.attention) or None,
        "input": mask.value(run.input_value, name="input"),
        "result": mask.unread(run.result_value),
        "error": mask.facts((), error).get("error"),
        **_when_and_where(run),
    }


def run_detail(run: Run) -> JSONObject:
    """A run's whole result, its secrets masked, with what only its row knows."""
    handle = get_run(run.pk)
    result = handle.refresh(include_state=True, include_resume_labels=True)
    return {**as_json(mask_of(run).result(result)), **_when_and_where(run)}


def snapshot(row: Snapshot, mask: RunMask) -> JSONObject:
    state = mask.value(row.state_value)
    return {"seq": row.seq, "at": instant(row.at), "state": state}


def schedule_summary(schedule: ScheduleInfo) -> JSONObject:
    links: JSONObject = {
        "self": reverse("rest:schedule", args=[schedule.id]),
        "workflow": reverse("rest:workflow", args=[schedule.workflow_id]),
        "pause": reverse("rest:schedule-pause", args=[schedule.id]),
        "resume": reverse("rest:schedule-resume", args=[schedule.id]),
    }
    return {
        "id": schedule.id,
        "workflow_id": schedule.workflow_id,
        "status": schedule.status,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "run_at": instant(schedule.run_at),
        "end_at": instant(schedule.end_at),
        "input_data": input_without_secrets(schedule.workflow_id, schedule.input_data),
        "next_fire_at": instant(schedule.next_fire_at),
        "last_fire_at": instant(schedule.last_fire_at),
        "links": links,
    }


def schedule_detail(schedule: ScheduleInfo) -> JSONObject:
    triggers: list[JSONValue] = [
        {
            "due_at": instant(trigger.due_at),
            "fired_at": instant(trigger.fired_at),
            "run_id": trigger.run_id,
            "error": trigger.error,
        }
        for trigger in schedule.triggers
    ]
    return {**schedule_summary(schedule), "triggers": triggers}


def instant(at: datetime | None) -> str | None:
    """A moment in UTC, as in every answer."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _when_and_where(run: Run) -> JSONObject:
    own = reverse("rest:run", args=[run.pk])
    links: JSONObject = {
        "self": own,
        "workflow": reverse("rest:workflow", args=[run.workflow]),
        **{name: f"{own}{name}/" for name in LINKED},
        **access.guard_links(run.pk),
    }
    return {
        "created_at": instant(run.created_at),
        "updated_at": instant(run.updated_at),
        "links": links,
    }
