"""callbacks: ``on_finish`` and ``on_error``."""

from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, raises, started
from workflows import Workflow
from workflows.callbacks import RunInfo


class Told:
    """Callbacks that keep what they were given."""

    def __init__(self) -> None:
        self.finished: list[RunInfo] = []
        self.failed: list[RunInfo] = []

    async def on_finish(self, info: RunInfo) -> None:
        self.finished.append(info)

    def on_error(self, info: RunInfo) -> None:
        self.failed.append(info)

    def flow(self, calls: Calls, body: Any = None) -> Workflow:
        return (
            Workflow("flow", on_finish=self.on_finish, on_error=self.on_error)
            .then(calls.step("step1", body))
            .commit()
        )


@pytest.fixture
def told() -> Told:
    return Told()


@case("callbacks/on-finish-on-success")
def test_on_finish_is_called_once(calls: Calls, told: Told) -> None:
    assert started(told.flow(calls))[1].status == "success"
    assert len(told.finished) == 1


@case("callbacks/on-error-not-called-on-success")
def test_on_error_is_not_called_on_success(calls: Calls, told: Told) -> None:
    assert started(told.flow(calls))[1].status == "success"
    assert told.failed == []


@case("callbacks/workflow-id")
def test_a_callback_knows_the_workflow(calls: Calls, told: Told) -> None:
    started(told.flow(calls))
    assert told.finished[0].workflow_id == "flow"


@case("callbacks/state")
def test_a_callback_sees_the_final_state(calls: Calls, told: Told) -> None:
    def count(ctx: Context) -> None:
        ctx.set_state({"counter": ctx.state["counter"] + 1})

    started(told.flow(calls, count), initial_state={"counter": 0})
    assert told.finished[0].state == {"counter": 1}


@case("callbacks/run-id-in-on-error")
def test_on_error_knows_the_run(calls: Calls, told: Told) -> None:
    run = told.flow(calls, raises("no")).create_run(run_id="chosen")
    assert run.start({}).status == "failed"
    assert [info.run_id for info in told.failed] == ["chosen"]
    assert [info.run_id for info in told.finished] == ["chosen"]


@case("callbacks/on-finish-called-on-suspend")
def test_on_finish_is_called_on_suspend_too(calls: Calls, told: Told) -> None:
    started(told.flow(calls, asks({"reason": "waiting"})))
    assert [info.status for info in told.finished] == ["suspended"]
    assert told.failed == []


@case("callbacks/init-data-in-on-finish")
def test_on_finish_gets_the_input(calls: Calls, told: Told) -> None:
    started(told.flow(calls), {"userId": "user-123"})
    assert told.finished[0].get_init_data() == {"userId": "user-123"}


@case("callbacks/init-data-in-on-error")
def test_on_error_gets_the_input(calls: Calls, told: Told) -> None:
    started(told.flow(calls, raises("no")), {"userId": "user-456"})
    assert told.failed[0].get_init_data() == {"userId": "user-456"}


@case("callbacks/logger")
def test_on_finish_has_a_logger(calls: Calls, told: Told) -> None:
    started(told.flow(calls))
    assert callable(told.finished[0].logger.info)
    assert callable(told.finished[0].logger.error)


@case("callbacks/logger-in-on-error")
def test_on_error_has_a_logger(calls: Calls, told: Told) -> None:
    started(told.flow(calls, raises("no")))
    assert callable(told.failed[0].logger.info)
    assert callable(told.failed[0].logger.error)


@case("callbacks/request-context")
def test_on_finish_sees_the_request_context(calls: Calls, told: Told) -> None:
    started(told.flow(calls), request_context={"customKey": "customValue"})
    assert told.finished[0].request_context["customKey"] == "customValue"


@case("callbacks/request-context-in-on-error")
def test_on_error_sees_the_request_context(calls: Calls, told: Told) -> None:
    flow = told.flow(calls, raises("no"))
    started(flow, request_context={"errorKey": "errorValue"})
    assert told.failed[0].request_context["errorKey"] == "errorValue"
