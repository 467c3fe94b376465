"""Operators hear of runs that people wait for and that can't go on by themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pydantic import BaseModel, SecretStr

from approvals.models import Approval
from approvals.notifications import attention
from approvals.notifications.attention import AttentionChore
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Mail, Notice
from tests.notifications.conftest import Office
from tests.pages.conftest import allow
from tests.pages.test_standing import another_workflow_installed
from workflows import StepContext, Suspended
from workflows.models import Run
from workflows.testing import run_until_idle

DAY = timedelta(days=1)
PREFERENCES = "/preferences/notifications/"
OSKAR = "oskar@desk.example"


@pytest.fixture
def oskar(office: Office) -> User:
    return allow(office.person("oskar", "Oskar", "Wren"), "operate_run")


def work(office: Office) -> list[str]:
    """One look of a worker that has just started; who got a mail."""
    chore = AttentionChore()
    wait = chore.next_in()
    assert wait is not None
    assert wait <= 0
    while chore.do_due():
        pass
    assert 10 < (chore.next_in() or 0) <= 15
    return office.post()


def stuck(office: Office) -> Approval:
    """Answered, and its run set aside before the answer could reach it."""
    approval = office.ask()
    office.answer(approval, office.alice)
    with another_workflow_installed(approval):
        run_until_idle()
    office.post()
    return approval


def page_of(approval: Approval, user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/approvals/{approval.pk}/").content.decode()


def test_operators_are_told_at_once_and_again_each_day(
    office: Office, oskar: User
) -> None:
    approval = stuck(office)
    assert "Operators are being told." in page_of(approval, office.alice)
    assert work(office) == [OSKAR]
    letter = mail.outbox[-1]
    assert letter.subject == "Needs attention: Pay?"
    assert f"/runs/{approval.run_id}/" in letter.body
    assert "can't go on" in letter.body
    why = Run.objects.get(pk=approval.run_id).attention.splitlines()
    assert why
    assert all(f"\n> {line}\n" in letter.body for line in why)
    html = letter.alternatives[0][0]  # type: ignore[attr-defined]
    assert "<blockquote" in html
    assert "Told about it: Oskar Wren." in page_of(approval, office.alice)

    assert work(office) == []
    Notice.objects.update(at=Notice.objects.latest("pk").at - DAY)
    assert work(office) == [OSKAR]


def test_a_mail_quotes_no_secret_of_the_run_in_why_it_is_stuck(
    office: Office, oskar: User
) -> None:
    class Locked(BaseModel):
        title: str
        amount: int = 0
        code: SecretStr = SecretStr("4711-0815")

    def asks(_given: Any, ctx: StepContext[Any, Any]) -> Suspended:
        return ctx.suspend(Locked(title="Open?"))

    office.ask(execute=asks, suspend_schema=Locked)
    Run.objects.update(attention="The lock refuses 4711-0815.")
    office.post()
    assert work(office) == [OSKAR]
    letter = mail.outbox[-1]
    assert "> The lock refuses " in letter.body
    assert "4711-0815" not in str(letter.message())


def test_a_question_that_nobody_has_tried_to_answer_is_noticed(
    office: Office, oskar: User
) -> None:
    approval = office.ask()
    office.post()
    assert work(office) == []
    with another_workflow_installed(approval):
        assert work(office) == [OSKAR]
        assert work(office) == []
        assert "Told about it: Oskar Wren." in page_of(approval, office.alice)
    assert Run.objects.get().attention == ""


def test_a_step_that_can_go_on_under_its_new_definition_is_nobodys_news(
    office: Office, oskar: User
) -> None:
    office.ask()
    office.post()
    Run.objects.update(fingerprint="of an earlier release")
    assert work(office) == []
    assert not Notice.objects.filter(kind=Kind.ATTENTION).exists()


def test_what_somebody_has_seen_to_is_told_to_nobody(
    office: Office, oskar: User
) -> None:
    approval = stuck(office)
    assert attention._note(approval.run_id)
    assert not attention._note(approval.run_id)
    Run.objects.update(attention="")
    assert office.post() == []
    assert Mail.objects.get(recipient=oskar).status == "skipped"


def test_without_an_operator_the_page_says_that_nobody_was_told(
    office: Office,
) -> None:
    approval = stuck(office)
    assert work(office) == []
    assert "No operator could be told by mail." in page_of(approval, office.alice)


def test_a_run_in_which_nobody_was_asked_is_for_the_admin_alone(
    office: Office, oskar: User
) -> None:
    approval = stuck(office)
    Run.objects.create(
        pk="quiet",
        workflow="quiet",
        attention="it is stuck",
        created_at=approval.created_at,
        updated_at=approval.created_at,
    )
    assert work(office) == [OSKAR]
    assert not attention._note("quiet")
    assert not attention._note("gone")


@pytest.mark.parametrize("right", ["operate_run", "assign_approval"])
def test_who_hears_of_it_can_choose_not_to(
    office: Office, client: Client, right: str
) -> None:
    olga = allow(office.person("olga", "Olga", "Frost"), right)
    for user, offered in ((olga, True), (office.alice, False)):
        client.force_login(user)
        page = client.get(PREFERENCES).content.decode()
        assert ('name="attention"' in page) == offered
    client.force_login(olga)
    choice = {kind.value: "at-once" for kind in Kind}
    client.post(PREFERENCES, {**choice, "attention": "off"})
    stuck(office)
    assert work(office) == []
