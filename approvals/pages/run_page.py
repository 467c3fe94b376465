"""The pages about runs: the list, and one run with its graph, steps and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

import workflows
from approvals import graph_layout, inbox, rendering
from approvals.badges import RUN
from approvals.elapsed import duration_words
from approvals.graph_layout import Graph
from approvals.models import Approval
from approvals.pages import sentences, standing
from approvals.pages.acts_panel import Refused
from approvals.pages.paging import Pager, asked, page_of
from approvals.persons import outline_of
from approvals.readable import Shown
from workflows import graph as graphs
from workflows import registry
from workflows.errors import WorkflowNotFound
from workflows.json_gate import JSONValue
from workflows.models import Run
from workflows.rest import access
from workflows.run_masking import RunMask, mask_of
from workflows.schema import Schema
from workflows.statuses import TERMINAL_RUN, RunStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from workflows import RunEvent, Step, StepResult
    from workflows.definition import Workflow
    from workflows.results import RunError

EVENTS_SHOWN = 500
ANYTHING = Schema.of(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A value with its name, readable and raw."""

    label: str
    shown: Shown
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """One step of the list."""

    path: str
    name: str
    description: str
    status: str
    lasted: str
    data: tuple[Data, ...]
    error: RunError | None

    @property
    def is_open(self) -> bool:
        """Steps that somebody should look at are unfolded."""
        return self.status in ("failed", "suspended")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event as a sentence."""

    seq: int
    sentence: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """All that the page of one run shows."""

    run: Run
    status: str
    attention: str
    waiting_for_you: tuple[Approval, ...]
    graph: Graph | None
    steps: tuple[StepEntry, ...]
    input: Data
    result: Data | None
    error: RunError | None
    events: tuple[EventLine, ...]
    may_cancel: bool
    may_restart: bool
    shows_ids: bool  # of the steps, as REST and the command line call them
    refused: Refused | None = None

    @property
    def is_finished(self) -> bool:
        return self.status in TERMINAL_RUN

    @property
    def initiator(self) -> str:
        return inbox.name_of(self.run.initiator)

    @property
    def took(self) -> str:
        began, ended = self.run.started_at, self.run.ended_at
        return duration_words(ended - began) if began and ended else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """The list of runs with its two filters."""

    rows: list[Run]
    pager: Pager
    workflow: str
    status: str
    workflows: tuple[str, ...]

    @property
    def statuses(self) -> list[tuple[str, str]]:
        return [(status.value, str(RUN[status].word)) for status in RunStatus]


def build(user: User, run: Run, refused: Refused | None = None) -> RunPage:
    """Everything about one run, from its journal."""
    handle = workflows.get_run(run.pk)
    mask = mask_of(run)
    result = mask.result(handle.refresh())
    definition = _definition(run)
    taken = definition.schemas.input if definition else ANYTHING
    given = definition.schemas.output if definition else ANYTHING
    operates = user.has_perm(access.OPERATE_RUN)
    finished = result.status in TERMINAL_RUN
    return RunPage(
        run=run,
        status=result.status,
        attention="" if finished else standing.why_stuck(run),
        waiting_for_you=_waiting_for(user, run),
        graph=_drawn(definition, result.steps),
        steps=_steps(definition, result.steps),
        input=_data(_("Input"), result.input, taken),
        result=_data(_("Result"), result.result, given)
        if result.status == RunStatus.SUCCESS
        else None,
        error=result.error,
        events=tuple(
            _line(event, mask)
            for event in handle.events(after=max(0, run.head - EVENTS_SHOWN))
        ),
        may_cancel=not finished and (operates or run.initiator_id == user.pk),
        may_restart=operates and result.status == RunStatus.RUNNING,
        shows_ids=access.sees_all(user),
        refused=refused,
    )


def _waiting_for(user: User, run: Run) -> tuple[Approval, ...]:
    """What the reader can answer: the run waits for it, snoozed or not."""
    person = outline_of(user)
    lists = (
        inbox.waiting_for(user, person=person),
        inbox.snoozed_by(user, person=person),
    )
    return tuple(approval for each in lists for approval in each.filter(run=run.pk))


def build_list(user: User, address: QueryDict) -> RunsPage:
    """The runs this person may see, newest first."""
    workflow, status = asked(address, "workflow"), asked(address, "status")
    found = access.visible_runs(user).select_related("initiator")
    if workflow:
        found = found.filter(workflow=workflow)
    if status in RunStatus.values:
        found = found.filter(status=status)
    rows, pager = page_of(
        found.order_by("-created_at", "-id"), address, total=found.count()
    )
    return RunsPage(
        rows=rows,
        pager=pager,
        workflow=workflow,
        status=status,
        workflows=tuple(sorted({definition.id for definition in registry.all()})),
    )


def _definition(run: Run) -> Workflow | None:
    try:
        return registry.get(run.workflow, run.version)
    except WorkflowNotFound:
        return None


def _drawn(
    definition: Workflow | None, steps: Mapping[str, StepResult]
) -> Graph | None:
    if definition is None:
        return None
    statuses = {path: step.status.value for path, step in steps.items()}
    return graph_layout.layout(definition.graph(), statuses)


def _steps(
    definition: Workflow | None, steps: Mapping[str, StepResult]
) -> tuple[StepEntry, ...]:
    installed = _installed_steps(definition)
    return tuple(
        StepEntry(
            path=path,
            name=" / ".join(map(graph_layout.spoken, path.split("."))),
            description=installed[path].description if path in installed else "",
            status=step.status.value,
            lasted=_lasted(step),
            data=_step_data(step, installed.get(path)),
            error=step.error,
        )
        for path, step in steps.items()
    )


def _installed_steps(definition: Workflow | None) -> dict[str, Step]:
    if definition is None:
        return {}
    return {
        ".".join(path): named.step
        for path, named in graphs.walk(definition)
        if isinstance(named, graphs.StepEntry)
    }


def _lasted(step: StepResult) -> str:
    if step.started_at is None or step.ended_at is None:
        return ""
    return duration_words(step.ended_at - step.started_at)


def _step_data(result: StepResult, step: Step | None) -> tuple[Data, ...]:
    schemas = step.schemas if step else None
    named = (
        (_("Input"), result.payload, schemas.input if schemas else ANYTHING),
        (_("Asked"), result.suspend_payload, schemas.suspend if schemas else ANYTHING),
        (_("Answer"), result.resume_payload, schemas.resume if schemas else ANYTHING),
        (_("Output"), result.output, schemas.output if schemas else ANYTHING),
    )
    return tuple(
        _data(label, value, schema)
        for label, value, schema in named
        if value is not None
    )


def _data(label: str, value: JSONValue, schema: Schema = ANYTHING) -> Data:
    shown = rendering.shown(value, schema.json_schema())
    return Data(label=label, shown=shown, raw=rendering.raw_json(value))


def _line(event: RunEvent, mask: RunMask) -> EventLine:
    return EventLine(
        seq=event.seq,
        sentence=sentences.sentence(event),
        at=event.at,
        reason=mask.text(sentences.reason(event)),
    )
