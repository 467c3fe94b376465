"""The admin shows evidence, completely and escaped, and changes nothing."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals import ApprovalPolicy
from approvals.models import Approval, AuditRow, Decision
from tests.approvals.conftest import Desk

EVIDENCE = [Approval, Decision, AuditRow]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def page(model: type[Model], view: str, *args: object) -> str:
    return reverse(f"admin:approvals_{model._meta.model_name}_{view}", args=args)


@pytest.mark.parametrize("model", EVIDENCE)
def test_every_list_and_page_opens_and_offers_no_change(
    desk: Desk, root: Client, model: type[Model]
) -> None:
    approval = desk.ask(title=HOSTILE)
    comment = {"approved": True, "comment": HOSTILE}
    desk.answer(approval, desk.alice, data=comment)
    row = model._default_manager.get()
    for url in (page(model, "changelist"), page(model, "change", row.pk)):
        text = root.get(url).content.decode()
        assert HOSTILE not in text
        assert 'name="_save"' not in text
    for url in (page(model, "add"), page(model, "delete", row.pk)):
        assert root.get(url).status_code == 403
        assert root.post(url, {"post": "yes"}).status_code == 403
    change = root.post(page(model, "change", row.pk), {"outcome": "forged"})
    assert change.status_code == 403
    assert model._default_manager.count() == 1


def test_an_approval_links_to_its_run_its_page_and_its_audit_rows(
    desk: Desk, root: Client
) -> None:
    approval = desk.ask(title="Pay Bob?")
    desk.answer(approval, desk.alice, data={"approved": True, "comment": "Fine."})
    text = root.get(page(Approval, "change", approval.pk)).content.decode()
    assert f'href="/approvals/{approval.pk}/"' in text
    assert reverse("admin:workflows_run_change", args=[approval.run_id]) in text
    assert f"{page(AuditRow, 'changelist')}?q={approval.pk}" in text
    assert "Fine." in text
    row = AuditRow.objects.get()
    text = root.get(page(AuditRow, "change", row.pk)).content.decode()
    assert page(Approval, "change", approval.pk) in text


@pytest.mark.parametrize("model", EVIDENCE)
def test_search_finds_a_row_by_what_people_know_of_it(
    desk: Desk, root: Client, model: type[Model]
) -> None:
    approval = desk.ask(title="Pay Bob?")
    desk.answer(approval, desk.alice)
    found = root.get(page(model, "changelist"), {"q": approval.pk}).content.decode()
    assert "1 " in found
    assert "0 results" not in found
    missed = root.get(page(model, "changelist"), {"q": "nothing"}).content.decode()
    assert "0 results" in missed


@pytest.mark.parametrize("model", EVIDENCE)
def test_lists_cost_the_same_for_one_row_and_for_twenty(
    desk: Desk, root: Client, model: type[Model]
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert root.get(page(model, "changelist")).status_code == 200
        return len(queries)

    desk.answer(desk.start(workflow), desk.alice)
    first = cost()
    for _ in range(20):
        desk.answer(desk.start(workflow), desk.alice)
    # Django asks about the date hierarchy once more when the rows span several days.
    assert cost() <= first + 1


def test_evidence_has_no_bulk_actions(desk: Desk, root: Client) -> None:
    desk.answer(desk.ask(), desk.alice)
    for model in EVIDENCE:
        assert admin.site.is_registered(model)
        assert (
            "delete_selected"
            not in root.get(page(model, "changelist")).content.decode()
        )


def test_a_colleague_without_the_permission_sees_nothing(
    desk: Desk, client: Client
) -> None:
    desk.answer(desk.ask(), desk.alice)
    User.objects.filter(pk=desk.alice.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=desk.alice.pk))
    for model in EVIDENCE:
        assert client.get(page(model, "changelist")).status_code == 403
