"""Errors become problems by one table; what is ours to hide stays hidden."""

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from rest_framework.request import Request

from approvals import errors as approval_errors
from workflows import errors
from workflows.rest import problems
from workflows.rest.problems import Refused, describe, exception_handler, json_pointer


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.WorkflowNotFound("x"), 404, "workflow-not-found"),
        (errors.RunNotFound("x"), 404, "run-not-found"),
        (errors.StepNotFound("x"), 404, "step-not-found"),
        (errors.AlreadyResumed("x"), 409, "already-resumed"),
        (errors.RunAlreadyStarted("x"), 409, "run-already-started"),
        (errors.RunIsRunning("x"), 409, "run-is-running"),
        (errors.DefinitionChanged("x"), 409, "definition-changed"),
        (errors.SchemaMismatch("x"), 422, "schema-mismatch"),
        (errors.PayloadRejected("x"), 422, "payload-rejected"),
        (approval_errors.ApprovalNotFound(), 404, "approval-not-found"),
        (approval_errors.NotYourDecision(["four-eyes"]), 403, "not-your-decision"),
        (approval_errors.StalePage("x"), 409, "stale-page"),
        (approval_errors.RunMovedOn("x"), 409, "run-moved-on"),
        (approval_errors.DigestMissing(), 428, "digest-missing"),
        (Http404(), 404, ""),
        (PermissionDenied("no"), 403, ""),
        (SuspiciousOperation("x"), 400, ""),
        (OperationalError("secret"), 503, "unavailable"),
        (KeyError("secret"), 500, "unexpected"),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, code: str) -> None:
    problem = describe(error)
    assert (problem.status, problem.code) == (status, code)


def test_what_went_wrong_inside_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    for error in (KeyError("secret"), OperationalError("secret")):
        caplog.clear()
        with caplog.at_level(logging.ERROR, logger="workflows.rest.problems"):
            response = handled(error)
        assert "secret" not in str(response.data)
        logged = {record.__dict__.get("request_id") for record in caplog.records}
        assert response.data["request_id"] in logged


def test_a_database_that_is_away_asks_to_come_back() -> None:
    assert handled(OperationalError("x")).headers["Retry-After"] == "2"


def test_conflicts_carry_what_helps_to_solve_them() -> None:
    ambiguous = handled(errors.AmbiguousResume("x", suspended=[["a"], ["b"]]))
    assert ambiguous.data["suspended"] == [["a"], ["b"]]
    changed = handled(errors.DefinitionChanged("x", difference="step b is gone"))
    assert changed.data["difference"] == "step b is gone"
    stale = handled(approval_errors.StalePage("x", ["“Amount” is asked now."]))
    assert stale.data["changes"] == ["“Amount” is asked now."]


def test_refused_rights_leave_one_line_in_the_security_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="workflows.security"):
        handled(PermissionDenied("no"))
    (record,) = [r for r in caplog.records if r.name == "workflows.security"]
    assert record.__dict__["path"] == "/api/v1/runs/"


def test_an_error_is_placed_by_json_pointer() -> None:
    error = errors.SchemaMismatch(
        "x", [{"loc": ["a/b", "c~d", 0], "msg": "bad", "type": "t"}]
    )
    with pytest.raises(Refused) as refusal, problems.pointing_at("/data"):
        raise error
    assert refusal.value.errors == [
        {"pointer": "/data/a~1b/c~0d/0", "detail": "bad", "type": "t"}
    ]
    assert json_pointer([]) == ""


def handled(error: Exception) -> Any:
    request = Request(RequestFactory().get("/api/v1/runs/"))
    return exception_handler(error, {"request": request, "view": None})
