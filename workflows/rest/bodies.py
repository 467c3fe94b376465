"""What requests and answers look like: models that check the one, document both."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from workflows.rest.query import ListQuery, NoQuery
from workflows.statuses import RunStatus, ScheduleStatus, StepStatus

RUN_ID_PATTERN = r"^[A-Za-z0-9._:-]{1,128}$"


class Strict(BaseModel):
    """A request's body: a field we don't know is refused, never dropped."""

    model_config = ConfigDict(extra="forbid")


class NoFields(Strict):
    """A body that may be left out, or be an empty object."""


class StartRun(Strict):
    input_data: Any = Field(None, description="Checked by the workflow's input schema.")
    initial_state: dict[str, Any] | None = None
    resource_id: str | None = Field(None, max_length=200)
    run_id: str | None = Field(None, pattern=RUN_ID_PATTERN)


class ResumeRun(Strict):
    suspension_id: str | None = Field(None, max_length=64)
    step: str | list[str] | None = None
    label: str | None = Field(None, max_length=200)
    foreach_index: int | None = Field(None, ge=0, le=1_000_000)
    resume_data: Any = Field(None, description="Checked by the step's resume schema.")


class TravelInTime(Strict):
    step: str | list[str] = Field(description="A step's id, dotted path or list of ids")
    input_data: Any = Field(None, description="Checked by the step's input schema.")
    resume_data: Any = Field(None, description="Checked by the step's resume schema.")
    initial_state: dict[str, Any] | None = None
    context: dict[str, Any] | None = Field(
        None, description='What came before, as `{"<step>": {"output": …}}`.'
    )
    nested_context: dict[str, dict[str, Any]] | None = Field(
        None, description="The same for the steps of nested workflows, by their ids."
    )
    request_context: dict[str, Any] | None = None
    per_step: bool = Field(False, description="Pause behind the step.")
    fork: bool = Field(False, description="Leave this run as it is; go on in a new one")

    @model_validator(mode="after")
    def _known_by_objects(self) -> "TravelInTime":
        contexts = [self.context or {}, *(self.nested_context or {}).values()]
        for known in (known for context in contexts for known in context.items()):
            if known[0] != "input" and not isinstance(known[1], dict):
                raise PydanticCustomError("context", "each step must have an object")
        return self


class RunsQuery(ListQuery):
    workflow: str | None = Field(None, max_length=200)
    status: list[RunStatus] = Field([], description="May be repeated.")
    resource_id: str | None = Field(None, max_length=200)
    attention: bool | None = Field(None, description="Runs an operator should look at.")
    q: str | None = Field(
        None,
        max_length=200,
        description="Part of the id of run, workflow or resource.",
    )
    ordering: str = Field(
        "-created_at", pattern=r"^-?(created_at|updated_at)$", description="Sort by."
    )


class EventsQuery(NoQuery):
    after: int = Field(
        0, ge=0, le=2**31 - 1, description="The last `seq` already seen."
    )
    limit: int = Field(1000, ge=1, le=1000)


class WorkflowQuery(NoQuery):
    version: str | None = Field(None, max_length=50)


class ErrorItem(BaseModel):
    pointer: str | None = Field(None, description="JSON Pointer into the body.")
    parameter: str | None = Field(None, description="Name of a query parameter.")
    detail: str
    type: str | None = None


class Problem(BaseModel):
    """RFC 9457, `application/problem+json`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorItem]
    request_id: str


class StepSchemas(BaseModel):
    description: str
    resume_schema: dict[str, Any]
    suspend_schema: dict[str, Any]


class WorkflowSummary(BaseModel):
    id: str
    version: str
    description: str
    links: dict[str, str]


class WorkflowDetail(WorkflowSummary):
    graph: dict[str, Any]
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    state_schema: dict[str, Any]
    steps: dict[str, StepSchemas]


class RunFailure(BaseModel):
    name: str
    message: str
    step: str | None = None
    attributes: dict[str, Any] = {}
    cause: "RunFailure | None" = None


class StepEntry(BaseModel):
    status: StepStatus
    payload: Any = None
    output: Any = None
    error: RunFailure | None = None
    suspend_payload: Any = None
    resume_payload: Any = None
    started_at: datetime | None = None
    suspended_at: datetime | None = None
    resumed_at: datetime | None = None
    ended_at: datetime | None = None
    iterations: int | None = None


class RunSummary(BaseModel):
    run_id: str
    workflow_id: str
    resource_id: str | None
    status: RunStatus
    attention: str | None
    input: Any
    result: Any
    error: RunFailure | None
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class RunDetail(RunSummary):
    steps: dict[str, StepEntry]
    suspended: list[list[str]]
    suspend_payload: dict[str, Any]
    state: Any
    resume_labels: dict[str, Any] | None
    trace_id: str | None
    span_id: str | None


class RunPage(BaseModel):
    results: list[RunSummary]
    next: str | None
    next_cursor: str | None


class EventItem(BaseModel):
    seq: int
    run_id: str
    type: str
    at: datetime
    path: list[str]
    foreach_index: int | None
    payload: dict[str, Any]


class SnapshotItem(BaseModel):
    seq: int
    at: datetime
    state: dict[str, Any]


class WorkflowList(RootModel[list[WorkflowSummary]]):
    """All workflows."""


class EventList(RootModel[list[EventItem]]):
    """Events in order."""


class SnapshotList(RootModel[list[SnapshotItem]]):
    """Snapshots, oldest first."""


class Trigger(BaseModel):
    due_at: datetime
    fired_at: datetime
    run_id: str | None
    error: str | None


class ScheduleSummary(BaseModel):
    id: str
    workflow_id: str
    status: ScheduleStatus
    cron: str | None
    timezone: str
    run_at: datetime | None
    end_at: datetime | None
    input_data: Any
    next_fire_at: datetime | None
    last_fire_at: datetime | None
    links: dict[str, str]


class ScheduleDetail(ScheduleSummary):
    triggers: list[Trigger] = Field(description="The latest, newest first.")


class ScheduleList(RootModel[list[ScheduleSummary]]):
    """All schedules."""


class Credentials(Strict):
    username: str = Field(max_length=254)
    password: str = Field(max_length=4096)


class Token(BaseModel):
    token: str = Field(
        description="Shown this once; send it as `Authorization: Token …`."
    )
    expiry: datetime
