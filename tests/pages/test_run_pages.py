"""Runs and workflows in a browser without scripts."""

import re

import pytest
from django.test import Client
from pydantic import BaseModel, SecretStr

from approvals.models import AuditRow
from tests.pages.conftest import Browser, Desk, allow
from workflows import Step, StepContext, Suspended, Workflow, get_run, json_gate, step
from workflows.models import Run
from workflows.testing import run_until_idle

WHY = {"reason": "Asked twice <by> mistake."}


class Order(BaseModel):
    item: str
    count: int = 1


@step
def pack(order: Order) -> str:
    if order.item == "bomb":
        raise ValueError("nobody packs a <bomb>")
    return f"{order.count} x {order.item}"


@pytest.fixture
def packing(desk: Desk) -> Workflow:
    workflow = Workflow("packing", input_schema=Order, description="Packs things.")
    return workflow.then(pack).commit()


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_a_run_shows_status_steps_and_events(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    run = packing.create_run(initiator=desk.ines)
    run.start(Order(item="tea", count=3))
    page = text(browser(desk.ines), f"/runs/{run.id}/")
    for words in ("Finished", "Pack is done.", "The run finished.", "3 x tea", "<svg"):
        assert words in page


def test_graph_list_and_events_call_a_nameless_step_the_same(
    desk: Desk, browser: Browser
) -> None:
    workflow = Workflow("napping", input_schema=Order).then(pack)
    workflow.map(lambda context: 1).sleep(0.01).commit()
    run = workflow.create_run(initiator=desk.ines)
    run.start(Order(item="tea"))
    page = text(browser(desk.ines), f"/runs/{run.id}/")
    for name in ("Reshape", "Wait"):
        assert f'<span class="step__name">{name}</span>' in page
        assert f">{name}</text>" in page
        assert f"{name} is done." in page
    assert ">mapping_napping_" not in page


def test_steps_are_called_by_their_names_and_operators_see_their_ids_too(
    desk: Desk, browser: Browser
) -> None:
    packs = Step("pack-order", pack.execute, input_schema=Order)
    inner = Workflow("in-the-store", input_schema=Order).then(packs).commit()
    workflow = Workflow("packing", input_schema=Order).then(inner).commit()
    run = workflow.create_run(initiator=desk.ines)
    run.start(Order(item="tea"))
    hers = text(browser(desk.ines), f"/runs/{run.id}/")
    assert '<span class="step__name">In the store / Pack order</span>' in hers
    assert "In the store / Pack order is done." in hers
    assert ">In the store</text>" in hers
    said = re.sub(r"<[^>]*>", "", hers)
    assert "pack-order" not in said
    oskars = text(browser(allow(desk.bob, "view_run")), f"/runs/{run.id}/")
    assert '<code class="muted small">in-the-store.pack-order</code>' in oskars


def test_a_failed_step_says_why_and_is_escaped(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    run = packing.create_run(initiator=desk.ines)
    run.start(Order(item="bomb"))
    page = text(browser(desk.ines), f"/runs/{run.id}/")
    assert "Failed" in page
    assert "ValueError" in page
    assert "nobody packs a &lt;bomb&gt;" in page


def test_candidates_see_the_run_and_its_question(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(title="Pay the baker?")
    page = text(browser(desk.alice), f"/runs/{approval.run_id}/")
    assert "This run waits for your decision." in page
    assert f"/approvals/{approval.pk}/" in page
    page = text(browser(desk.ines), f"/runs/{approval.run_id}/")
    assert "This run waits for your decision." not in page


def test_strangers_find_no_run_and_no_way_to_end_it(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    carol = browser(desk.carol)
    assert approval.run_id not in text(carol, "/runs/")
    text(carol, f"/runs/{approval.run_id}/", status=404)
    text(carol, "/runs/%00/", status=404)
    for action in ("cancel", "restart"):
        assert carol.post(f"/runs/{approval.run_id}/{action}/").status_code == 404
    assert get_run(approval.run_id).status == "suspended"


def test_who_started_a_run_may_cancel_it(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    ines = browser(desk.ines)
    address = f"/runs/{approval.run_id}/"
    assert f"{address}cancel/" in text(ines, address)
    assert ines.post(f"{address}cancel/", WHY).status_code == 302
    page = text(ines, address)
    assert "The run is canceled." in page
    assert f"{address}cancel/" not in page
    assert "Asked twice &lt;by&gt; mistake." in page
    row = AuditRow.objects.get(action="canceled")
    assert (row.actor, row.channel) == (desk.ines, "page")
    assert row.after == json_gate.digest(WHY["reason"])


@pytest.mark.parametrize("act", ["cancel", "restart"])
@pytest.mark.parametrize("reason", ["", " \u200b", "x" * 10_001])
def test_without_a_reason_nothing_is_done_to_a_run(
    desk: Desk, browser: Browser, act: str, reason: str
) -> None:
    approval = desk.ask()
    operator = browser(allow(desk.carol, "operate_run"))
    before = get_run(approval.run_id).events()
    given = {"reason": reason}
    response = operator.post(f"/runs/{approval.run_id}/{act}/", given)
    assert response.status_code == 422
    assert get_run(approval.run_id).events() == before
    assert not AuditRow.objects.exists()


def test_what_is_wrong_with_the_reason_stands_at_its_field(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    response = browser(desk.ines).post(f"/runs/{approval.run_id}/cancel/")
    page = response.content.decode()
    assert 'id="cancel-reason-error">Write something that can be read.' in page
    assert 'aria-describedby="cancel-reason-error"' in page
    assert 'id="act-cancel" name="run-act" open>' in page


def test_a_reason_shows_no_secret_of_the_run(desk: Desk, browser: Browser) -> None:
    class Locked(BaseModel):
        title: str
        code: SecretStr

    def asks(given: Locked, ctx: StepContext[Locked, None]) -> Suspended:
        return ctx.suspend(given)

    step = Step("ask", asks, suspend_schema=Locked)
    workflow = Workflow("locked", input_schema=Locked).then(step).commit()
    run = workflow.create_run(initiator=desk.ines)
    run.start({"title": "Open?", "code": "4711-0815"})
    run.cancel(by={"user": desk.ines.pk, "reason": "4711-0815 is known to all."})
    page = text(browser(desk.ines), f"/runs/{run.id}/")
    assert "is known to all." in page
    assert "4711-0815" not in page


def test_canceling_a_finished_run_comes_too_late(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    run = packing.create_run(initiator=desk.ines)
    run.start(Order(item="tea"))
    ines = browser(desk.ines)
    ines.post(f"/runs/{run.id}/cancel/", WHY)
    page = text(ines, f"/runs/{run.id}/")
    assert "Too late: the run had already ended." in page
    assert "Finished" in page


def test_a_candidate_may_not_cancel(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    assert alice.post(f"/runs/{approval.run_id}/cancel/").status_code == 403
    assert alice.post(f"/runs/{approval.run_id}/restart/").status_code == 403
    assert alice.put(f"/runs/{approval.run_id}/cancel/").status_code == 405


def test_restarting_what_waits_changes_nothing(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    operator = browser(allow(desk.carol, "operate_run"))
    operator.post(f"/runs/{approval.run_id}/restart/", WHY)
    text(operator, f"/runs/{approval.run_id}/")
    assert get_run(approval.run_id).status == "suspended"


def test_a_restart_leaves_its_reason_and_one_audit_row(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    run = packing.create_run(initiator=desk.ines)
    run.start(Order(item="tea"), wait=False)
    operator = browser(allow(desk.carol, "operate_run", "view_run"))
    assert operator.post(f"/runs/{run.id}/restart/", WHY).status_code == 302
    page = text(operator, f"/runs/{run.id}/")
    assert "The run was restarted." in page
    assert "Asked twice &lt;by&gt; mistake." in page
    row = AuditRow.objects.get(object_id=run.id)
    assert (row.action, row.actor, row.channel) == ("restarted", desk.carol, "page")
    assert row.after == json_gate.digest(WHY["reason"])
    run_until_idle()
    assert run.refresh().result == "1 x tea"


def test_the_list_is_filtered_by_workflow_and_status(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    packing.create_run(initiator=desk.ines).start(Order(item="tea"))
    waiting = desk.ask()
    ines = browser(desk.ines)
    assert waiting.run_id in text(ines, "/runs/")
    assert waiting.run_id not in text(ines, "/runs/?workflow=packing")
    assert waiting.run_id in text(ines, "/runs/?status=suspended")
    assert waiting.run_id not in text(ines, "/runs/?status=success")
    assert "No run matches" in text(ines, "/runs/?workflow=none%00")
    assert waiting.run_id in text(ines, "/runs/?status=nonsense")


def test_a_workflow_is_started_by_a_form(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    carol = browser(allow(desk.carol, "start_run"))
    assert "/workflows/packing/start/" in text(carol, "/workflows/")
    assert "Packs things." in text(carol, "/workflows/packing/start/")
    given = {"input.item": "tea", "input.count": "2"}
    response = carol.post("/workflows/packing/start/", given)
    run = Run.objects.get()
    assert response.headers["Location"] == f"/runs/{run.pk}/"
    assert (run.initiator, run.status) == (desk.carol, "pending")
    run_until_idle()
    assert get_run(run.pk).refresh().result == "2 x tea"


def test_a_bad_input_starts_nothing_and_keeps_what_was_typed(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    carol = browser(allow(desk.carol, "start_run"))
    given = {"input.item": "tea", "input.count": "many"}
    response = carol.post("/workflows/packing/start/", given)
    assert response.status_code == 422
    assert 'value="many"' in response.content.decode()
    assert not Run.objects.exists()


def test_starting_needs_the_permission_and_the_workflow(
    desk: Desk, browser: Browser, packing: Workflow
) -> None:
    carol = browser(desk.carol)
    assert "/start/" not in text(carol, "/workflows/")
    assert "You may not do this" in text(carol, "/workflows/packing/start/", status=403)
    assert carol.post("/workflows/packing/start/").status_code == 403
    text(carol, "/workflows/none/start/", status=404)
    assert not Run.objects.exists()


def test_a_run_whose_workflow_is_gone_is_still_shown(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    Run.objects.filter(pk=approval.run_id).update(version="0")
    page = text(browser(desk.ines), f"/runs/{approval.run_id}/")
    assert "Waiting for a person" in page
    assert '<svg class="graph"' not in page
