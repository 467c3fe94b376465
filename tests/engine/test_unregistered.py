"""A workflow object works without being registered (CONTRACT 1.3); secrets stay so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from tests.engine.making import Calls, Context, asks, started, stored
from workflows import Workflow, run_masking

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_workflow_that_is_not_registered_asks_and_goes_on(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("ask", asks({"q": "Pay?"})))
    run, result = started(flow.commit(register=False))
    assert (result.status, result.error) == ("suspended", None)
    assert run.resume("yes").result == "yes"


class Answer(BaseModel):
    code: SecretStr


def test_an_answer_that_a_travel_brings_stays_secret(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        return None if ctx.resumed else ctx.suspend()

    flow = Workflow("flow").then(calls.step("ask", body, resume_schema=Answer)).commit()
    run, _ = started(flow)
    run.time_travel("ask", resume_data={"code": "open sesame"})
    mask = run_masking.mask_of(stored(run))
    shown = [mask.event(event).as_json() for event in run.events()]
    assert "open sesame" in str(run.events())
    assert "open sesame" not in str(shown)
