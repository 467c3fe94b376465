"""Who cancels a run or takes it through time leaves exactly one audit row."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from approvals import ApprovalPolicy, audit, history
from approvals.models import Approval, AuditRow
from approvals.statuses import Channel
from tests.approvals.conftest import Desk, Question
from workflows import Step, Workflow, get_run, json_gate
from workflows.models import Event

BACKEND = "config.backends.StoredPermissions"


def only_row() -> AuditRow:
    audit.verify()
    return AuditRow.objects.get()


def test_a_cancel_in_code_is_one_row_however_much_it_withdraws(desk: Desk) -> None:
    asking = desk.workflow(ApprovalPolicy(groups=["managers"]), "one")
    both = Workflow("both", input_schema=Question)
    both.parallel([asking, asking.clone(id="two")]).commit()
    run = both.create_run(initiator=desk.ines)
    run.start(Question(title="Pay?"))
    assert Approval.objects.open().count() == 2
    run.cancel()
    assert not Approval.objects.open().exists()
    row = only_row()
    assert (row.action, row.object_type, row.object_id) == ("canceled", "run", run.id)
    assert (row.run_id, row.channel, row.actor) == (run.id, "code", None)


def test_a_cancel_of_a_run_that_asks_nobody_is_a_row_too(desk: Desk) -> None:
    later = Workflow("later", input_schema=Question).sleep(3600).commit()
    run = later.create_run(initiator=desk.ines)
    run.start(Question(title="Pay?"))
    with audit.acting(desk.ines, Channel.COMMAND):
        run.cancel()
    row = only_row()
    assert (row.action, row.actor, row.channel) == ("canceled", desk.ines, "command")


def test_a_cancel_that_comes_too_late_leaves_no_row(desk: Desk) -> None:
    approval = desk.ask()
    run = desk.run_of(approval)
    run.cancel()
    run.cancel()
    assert only_row().action == "canceled"


def test_a_step_that_aborts_is_nobodys_cancel(desk: Desk) -> None:
    stop = Step("stop", lambda question, ctx: ctx.abort())
    run = Workflow("aborts", input_schema=Question).then(stop).commit().create_run()
    assert run.start(Question(title="Pay?")).status == "canceled"
    assert not AuditRow.objects.exists()


def test_what_somebody_withdrew_tells_who_in_its_history(desk: Desk) -> None:
    approval = desk.ask()
    with audit.acting(desk.ines, Channel.PAGE):
        desk.run_of(approval).cancel()
    approval.refresh_from_db()
    moment = history.of(approval)[-1]
    assert (moment.kind, moment.who, moment.channel) == (
        "withdrawn",
        "Ines Hill",
        "page",
    )


@pytest.mark.parametrize("fork", [False, True])
def test_a_time_travel_is_one_row_of_the_run_it_leads_to(
    desk: Desk, fork: bool
) -> None:
    approval = desk.ask()
    with audit.acting(desk.bob, Channel.REST):
        result = desk.run_of(approval).time_travel("ask", fork=fork, wait=False)
    approval.refresh_from_db()
    assert approval.is_open == fork
    assert (result.run_id == approval.run_id) != fork
    row = only_row()
    assert (row.action, row.object_id) == ("time-travel", result.run_id)
    assert (row.actor, row.channel) == (desk.bob, "rest")


def test_the_admins_cancel_names_the_administrator(desk: Desk) -> None:
    approval = desk.ask()
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root, BACKEND)
    chosen = {"action": "cancel", "_selected_action": [approval.run_id]}
    runs = reverse("admin:workflows_run_changelist")
    for unconfirmed in ({}, {"confirmed": "yes"}, {"confirmed": "yes", "reason": " "}):
        asked = client.post(runs, {**chosen, **unconfirmed}).content.decode()
        assert 'name="reason"' in asked
        assert approval.run_id in asked
        assert get_run(approval.run_id).status == "suspended"
    client.post(runs, {**chosen, "confirmed": "yes", "reason": "Sent twice."})
    assert get_run(approval.run_id).status == "canceled"
    row = only_row()
    assert (row.action, row.actor, row.channel) == ("canceled", root, "admin")
    assert row.after == json_gate.digest("Sent twice.")
    said = Event.objects.get(run=approval.run_id, type="workflow-canceled")
    assert json.loads(said.data)["by"]["reason"] == "Sent twice."
    page = client.get(reverse("admin:approvals_auditrow_change", args=[row.pk]))
    address = reverse("admin:workflows_run_change", args=[approval.run_id])
    assert page.content.decode().count(address) == 2  # the object, and its run


def test_the_admins_restart_needs_a_reason_too(desk: Desk) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    run = workflow.create_run(initiator=desk.ines)
    run.start(Question(title="Pay?"), wait=False)
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root, BACKEND)
    chosen = {"action": "restart", "_selected_action": [run.id]}
    runs = reverse("admin:workflows_run_changelist")
    for unconfirmed in ({}, {"confirmed": "yes"}, {"confirmed": "yes", "reason": " "}):
        asked = client.post(runs, {**chosen, **unconfirmed}).content.decode()
        assert 'name="reason"' in asked
        assert not Event.objects.filter(type="workflow-restarted").exists()
    client.post(runs, {**chosen, "confirmed": "yes", "reason": "It hangs."})
    row = only_row()
    assert (row.action, row.actor, row.channel) == ("restarted", root, "admin")
    assert row.after == json_gate.digest("It hangs.")
    said = Event.objects.get(run=run.id, type="workflow-restarted")
    assert json.loads(said.data)["by"]["reason"] == "It hangs."
