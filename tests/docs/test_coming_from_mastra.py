"""``docs/coming-from-mastra.md`` covers what their documents list and names ours."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.docs import pages
from workflows import Run, RunState, Step, StepContext, Workflow

PAGE = pages.DOCS / "coming-from-mastra.md"
RUN_METHODS = (
    "start",
    "resume",
    "stream",
    "resumeStream",
    "cancel",
    "restart",
    "timeTravel",
    "timeTravelStream",
)
RESUME_OPTIONS = (
    "resumeData",
    "step",
    "requestContext",
    "runCount",
    "tracingContext",
    "tracingOptions",
    "outputOptions",
    "label",
    "forEachIndex",
)
RESTART_OPTIONS = ("requestContext", "tracingContext", "tracingOptions")
READER = ("getSuspendedStep", "getResumeLabel", "path", "stepId", "foreachIndex")
STATUSES = ("success", "failed", "suspended", "canceled")
TRACING_OPTIONS = ("metadata", "requestContextKeys", "traceId", "parentSpanId", "tags")


def table(heading: str) -> list[list[str]]:
    return pages.rows(PAGE, heading)[1:]


def theirs(heading: str) -> str:
    return "\n".join(row[0] for row in table(heading))


def ours(*headings: str) -> str:
    return "\n".join(row[1] for heading in headings for row in table(heading))


@pytest.mark.parametrize("method", RUN_METHODS)
def test_every_method_of_their_run_stands_beside_ours(method: str) -> None:
    assert f"`run.{method}(" in theirs("## Run")


@pytest.mark.parametrize("option", RESUME_OPTIONS)
def test_every_option_of_their_resume_stands_beside_ours(option: str) -> None:
    assert f"`{option}`" in theirs("### Options of `resume`")


@pytest.mark.parametrize("option", TRACING_OPTIONS)
@pytest.mark.parametrize("call", ["start", "resume"])
def test_every_option_of_their_tracing_stands_beside_ours(
    call: str, option: str
) -> None:
    assert re.search(rf"[`.]{option}`", theirs(f"### Options of `{call}`"))


@pytest.mark.parametrize("option", RESTART_OPTIONS)
def test_every_option_of_their_restart_stands_beside_ours(option: str) -> None:
    rows = theirs("### Options of `restart` and `timeTravel`")
    assert re.search(rf"`{option}`.* of `restart`", rows)


@pytest.mark.parametrize("name", READER)
def test_what_their_reader_tells_stands_beside_ours(name: str) -> None:
    assert re.search(rf"`{name}[`(]", theirs("## The state reader"))


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_theirs_stands_beside_ours(status: str) -> None:
    assert f"`{status}`" in theirs("### Results")


@pytest.mark.parametrize(
    ("pattern", "class_", "headings"),
    [
        (r"`run\.(\w+)", Run, ["## Run", "## The state reader"]),
        (r"`w\.(\w+)", Workflow, ["## Workflow"]),
        (r"`\.([a-z_]+)\(", Workflow, ["## Workflow"]),
        (r"`s\.(\w+)", Step, ["## Step"]),
        (r"`ctx\.(\w+)", StepContext, ["### What `execute` gets"]),
        (r"`\.(\w+)", RunState, ["## The state reader"]),
    ],
)
def test_what_stands_beside_exists(
    pattern: str, class_: type, headings: list[str]
) -> None:
    named = re.findall(pattern, ours(*headings))
    source = inspect.getsource(class_)
    assert named
    for name in named:
        is_set = re.search(rf"self\.{name}(: .*)? = ", source)
        assert hasattr(class_, name) or is_set, name


@pytest.mark.parametrize(
    ("heading", "calls"),
    [
        ("### Options of `start`", [Run.astart]),
        ("### Options of `resume`", [Run.aresume]),
        ("### Options of `restart` and `timeTravel`", [Run.atime_travel]),
        ("## Workflow", [Workflow, Workflow.foreach, Workflow.parallel]),
        ("## Step", [Step]),
    ],
)
def test_the_options_beside_are_those_of_the_call(
    heading: str, calls: list[Callable[..., Any]]
) -> None:
    known = {name for call in calls for name in inspect.signature(call).parameters}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", ours(heading)))
    assert named
    assert named <= known
