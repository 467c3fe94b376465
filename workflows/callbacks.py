"""``on_start``, ``on_finish`` and ``on_error``: what a workflow is told of its runs."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from workflows.definition import Workflow
from workflows.json_gate import JSONObject, JSONValue
from workflows.results import RunResult
from workflows.statuses import RunStatus
from workflows.steps import Threads, call

logger = logging.getLogger("workflows.callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo(RunResult):
    """What a callback gets: the fields of ``RunResult`` and the run's context."""

    request_context: JSONObject
    logger: logging.Logger = logger

    def get_init_data(self) -> JSONValue:
        """The run's input."""
        return copy.deepcopy(self.input)


def info_of(result: RunResult, context: JSONObject) -> RunInfo:
    """The callback's view of a result."""
    shared = {field.name: getattr(result, field.name) for field in fields(result)}
    return RunInfo(**shared, request_context=context)


async def starting(workflow: Workflow, info: RunInfo, threads: Threads) -> None:
    """Call ``on_start``; what it raises rejects the start."""
    if workflow.on_start is not None:
        await call(workflow.on_start, info, threads)  # type: ignore[arg-type]


def wanted(workflow: Workflow) -> bool:
    """Whether anybody wants to hear that an execution ended."""
    return workflow.on_finish is not None or workflow.on_error is not None


async def ended(workflow: Workflow, info: RunInfo, threads: Threads) -> None:
    """Call ``on_finish``, on failure ``on_error`` too; their errors are logged."""
    await _quietly(workflow.on_finish, info, threads)
    if info.status == RunStatus.FAILED:
        await _quietly(workflow.on_error, info, threads)


async def _quietly(
    callback: Callable[[Any], Any] | None, info: RunInfo, threads: Threads
) -> None:
    if callback is None:
        return
    try:
        await call(callback, info, threads)  # type: ignore[arg-type]
    except Exception:
        logger.exception("a callback of run %s raised", info.run_id)
