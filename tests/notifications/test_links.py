"""Links out of mails: opening does nothing, a form decides once, the rest is one."""

import io
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pydantic import BaseModel, Field

from approvals import ApprovalPolicy, Upload
from approvals.models import Approval, AuditRow, Decision
from approvals.notifications import links
from approvals.notifications.kinds import Purpose
from approvals.notifications.models import Link
from approvals.statuses import ApprovalStatus, Priority
from config import logs
from tests.approvals.conftest import Answer
from tests.notifications.conftest import Office
from tests.threads import in_threads
from workflows.errors import DefinitionError
from workflows.rows import database_now

DIRECT = ApprovalPolicy(
    users=["alice"], exclude_initiator=False, decide_by_link=True, title="Pay?"
)


class Open(BaseModel):
    """A question of which one field may be seen without a login."""

    title: str
    amount: int = 0
    payee: str = Field("The printer", json_schema_extra={"public": True})
    account: str = "DE02120300000000202051"


def mailed(
    office: Office, policy: ApprovalPolicy = DIRECT, **options: Any
) -> tuple[Approval, str]:
    """A question to Alice, and the path of the link that she got."""
    approval = office.ask(policy, **options)
    office.post()
    found = re.search(r"http://127\.0\.0\.1:8000(/d/[\w-]+)", str(mail.outbox[-1].body))
    assert found is not None
    return approval, found[1]


def answer_to(approval: Approval, **changes: str) -> dict[str, str]:
    return {"digest": approval.digest, "answer-verdict": "true", **changes}


def verdict_button(page: str) -> dict[str, str]:
    """What the page's approving button sends."""
    tag = next(t for t in re.findall(r"<button[^>]*>", page) if 'value="true"' in t)
    name = re.search(r'name="([^"]+)"', tag)
    assert name is not None
    return {name[1]: "true"}


def submit(client: Client, path: str, **changes: str) -> Any:
    """Open the page, press the button that approves."""
    page = client.get(path).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest is not None
    data = {"digest": digest[1], **verdict_button(page), **changes}
    return client.post(path, data)


def test_by_default_a_link_leads_to_the_login(office: Office, client: Client) -> None:
    approval, path = mailed(office, ApprovalPolicy(users=["alice"]))
    response = client.get(path, follow=True)
    assert response.redirect_chain == [
        (f"/approvals/{approval.pk}/", 302),
        (f"/accounts/login/?next=/approvals/{approval.pk}/", 302),
    ]
    assert "Pay?" not in response.content.decode()
    assert client.post(path, answer_to(approval)).status_code == 410
    assert not Decision.objects.exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_changes_nothing(
    office: Office, client: Client, method: str
) -> None:
    approval, path = mailed(office)
    for _ in range(5):
        response = getattr(client, method)(path)
        assert response.status_code == 200
    assert_private(response)
    approval.refresh_from_db()
    assert approval.is_open
    assert Link.objects.get().used_at is None


def test_the_form_of_a_link_decides_once(office: Office, client: Client) -> None:
    approval, path = mailed(office)
    done = submit(client, path)
    assert done.status_code == 200
    assert "Your answer is recorded." in done.content.decode()
    assert_private(done)
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.channel) == (office.alice, "link")
    row = AuditRow.objects.get(action="decided")
    assert row.token_id == f"link-{Link.objects.get().pk}"
    assert client.get(path).status_code == 410
    assert client.post(path, answer_to(approval)).status_code == 410


@pytest.mark.parametrize(
    ("reader", "switch", "offered"),
    [("alice", "on", True), ("alice", "", False), ("bob", "on", False)],
)
def test_only_its_recipient_signed_in_and_led_on_is_offered_the_next_request(
    office: Office, client: Client, reader: str, switch: str, offered: bool
) -> None:
    """Bob opens what was mailed to Alice; each has a request that waits."""
    waits = office.ask(ApprovalPolicy(groups=["managers"]), title="Pay the baker?")
    office.post()
    _approval, path = mailed(office)
    client.force_login(User.objects.get(username=reader))
    client.post("/preferences/advance/", {"advance": switch})
    page = submit(client, path).content.decode()
    assert "Your answer is recorded." in page
    assert (f'href="/approvals/{waits.pk}/"' in page) is offered
    assert ("Pay the baker?" in page) is offered


def test_nobody_who_is_not_signed_in_is_offered_the_next_request(
    office: Office, client: Client
) -> None:
    office.ask(ApprovalPolicy(groups=["managers"]), title="Pay the baker?")
    office.post()
    _approval, path = mailed(office)
    client.cookies["advance"] = "on"
    page = submit(client, path).content.decode()
    assert "Your answer is recorded." in page
    assert "Pay the baker?" not in page


def test_a_forged_post_is_refused(office: Office) -> None:
    approval, path = mailed(office)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, answer_to(approval)).status_code == 403
    assert not Decision.objects.exists()


def test_what_cannot_be_used_gets_one_and_the_same_page(
    office: Office, client: Client
) -> None:
    used = mailed(office)[1]
    submit(client, used)
    expired = mailed(office)[1]
    Link.objects.update(expires_at=database_now())
    reassigned = mailed(office)[1]
    latest().candidates.update(user=office.bob)
    good = mailed(office)[1]
    login = mailed(office, ApprovalPolicy(users=["alice"]))[1]
    pages = []
    for path in (
        *(used, expired, reassigned),
        *(
            "/d/",
            "/d/x",
            "/d/" + "A" * 43,
            good[:-1],
            good + "A",
            f"{good}/",
            good[:20],
        ),
        "/d/%F0%9F%98%80/../admin",
    ):
        cache.clear()
        for response in (client.get(path), client.post(path, {"a": "b"})):
            assert response.status_code == 410, path
            assert_private(response)
            pages.append(response.content.decode())
    pages.append(client.post(login, {"a": "b"}).content.decode())
    assert len(set(pages)) == 1
    assert Decision.objects.count() == 1


def test_a_shut_account_decides_by_no_link(office: Office, client: Client) -> None:
    path = mailed(office)[1]
    office.alice.is_active = False
    office.alice.save()
    assert client.get(path).status_code == 410


def test_a_bad_answer_uses_nothing_up_and_keeps_what_was_typed(
    office: Office, client: Client
) -> None:
    approval = office.ask(
        ApprovalPolicy(
            users=["alice"],
            exclude_initiator=False,
            decide_by_link=True,
            require_comment_on_reject=True,
        )
    )
    path = links.issue(approval, office.alice, now=database_now())
    page = client.get(path).content.decode()
    (name,) = verdict_button(page)
    refused = client.post(path, {"digest": approval.digest, name: "false"})
    assert refused.status_code == 422
    assert Link.objects.get().used_at is None
    stale = client.post(path, {"digest": "0" * 64, name: "true"})
    assert stale.status_code == 409
    assert "The request changed since you opened it." in stale.content.decode()
    assert submit(client, path).status_code == 200


def test_only_what_is_marked_public_is_shown(office: Office, client: Client) -> None:
    approval = office.ask(DIRECT, suspend_schema=Open, execute=ask_open)
    path = links.issue(approval, office.alice, now=database_now())
    page = client.get(path).content.decode()
    assert "The printer" in page
    assert "DE02120300000000202051" not in page


def ask_open(question: Any, ctx: Any) -> Any:
    return ctx.suspend(Open(title="Pay?"))


def test_an_outcome_that_the_link_does_not_name_is_refused(
    office: Office, client: Client
) -> None:
    approval, path = mailed(office)
    Link.objects.update(outcomes='["rejected"]')
    assert submit(client, path).status_code == 410
    approval.refresh_from_db()
    assert approval.is_open


@pytest.mark.parametrize(
    "options",
    [
        {"exclude_initiator": True},
        {"exclude_initiator": False, "quorum": 2},
        {"exclude_initiator": False, "priority": Priority.HIGH},
        {"exclude_initiator": False, "priority": Priority.URGENT},
    ],
)
def test_four_eyes_and_high_stakes_are_never_decided_by_a_link(
    office: Office, options: dict[str, Any]
) -> None:
    with pytest.raises(DefinitionError, match="decide_by_link=True does not go with"):
        ApprovalPolicy(users=["alice", "bob"], decide_by_link=True, **options)
    evaluated = {
        name: (lambda _, value=value: value) for name, value in options.items()
    }
    flow = office.workflow(
        ApprovalPolicy(users=["alice", "bob"], decide_by_link=True, **evaluated)
    )
    result = flow.create_run(initiator=office.ines).start({"title": "Pay?"})
    assert result.status == "failed"


def test_a_link_decides_nothing_that_its_form_could_edit(
    office: Office, client: Client
) -> None:
    """Its form does not show what is proposed, so its defaults would replace it."""
    approval, path = mailed(office)
    Approval.objects.filter(pk=approval.pk).update(editable='["title"]')
    assert client.get(path).status_code == 410
    assert client.post(path, {"verdict": "approved"}).status_code == 410
    approval.refresh_from_db()
    assert approval.is_open


class WithPaper(Answer):
    paper: Upload | None = None


def test_files_are_taken_from_who_is_signed_in_only(
    office: Office, client: Client
) -> None:
    flow = office.workflow(DIRECT, resume_schema=WithPaper)
    flow.create_run(initiator=office.ines).start({"title": "Pay?"})
    office.post()
    assert Link.objects.get().purpose == Purpose.OPEN
    [path] = re.findall(r"127\.0\.0\.1:8000(/d/[\w-]+)", str(mail.outbox[-1].body))
    assert client.get(path)["Location"] == Approval.objects.get().get_absolute_url()


def test_a_link_loses_its_power_when_the_stakes_rise(
    office: Office, client: Client
) -> None:
    approval, path = mailed(office)
    Approval.objects.filter(pk=approval.pk).update(priority=Priority.URGENT)
    assert client.get(path).status_code == 410


def test_a_link_that_decides_lives_for_ten_minutes_the_other_for_a_day(
    office: Office,
) -> None:
    mailed(office)
    mailed(office, ApprovalPolicy(users=["alice"]))
    lives = [link.expires_at - link.created_at for link in Link.objects.order_by("id")]
    assert lives == [timedelta(minutes=10), timedelta(hours=24)]


def test_the_token_is_kept_nowhere(office: Office) -> None:
    _, path = mailed(office)
    token = path.removeprefix("/d/")
    assert len(token) == 43  # 256 bits
    stored = Link.objects.get()
    assert token not in repr(vars(stored))
    assert len(stored.token_hash) == 64


def test_the_thirty_first_look_within_a_minute_is_refused(
    office: Office, client: Client
) -> None:
    path = mailed(office)[1]
    looks = [client.get(path if n % 2 else "/d/guess").status_code for n in range(30)]
    assert set(looks) == {200, 410}
    late = client.get(path)
    assert late.status_code == 429
    assert 0 < int(late["Retry-After"]) <= 61
    assert_private(late)
    assert client.get(path, REMOTE_ADDR="10.0.0.9").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_of_one_token_at_once_make_one_decision(office: Office) -> None:
    approval, path = mailed(office)
    data = {"digest": approval.digest, **verdict_button(Client().get(path).text)}

    def post(number: int) -> int:
        return Client().post(path, data, REMOTE_ADDR=f"10.0.0.{number}").status_code

    statuses = in_threads(post, range(50), at_once=16)
    assert sorted(set(statuses)) == [200, 410]
    assert statuses.count(200) == 1
    assert Decision.objects.count() == 1
    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.DECIDED


def test_no_log_has_a_token_in_it(office: Office, client: Client) -> None:
    _, path = mailed(office)
    token = path.removeprefix("/d/")
    configuration = logs.configure(level="DEBUG", style="json")
    formatter = configuration["formatters"]["lines"]
    factory = formatter.pop("()")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(factory(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        submit(client, path)
        Client(enforce_csrf_checks=True).post(path, {})
        logging.getLogger("django.request").error("Internal Server Error: %s", path)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "/d/…" in stream.getvalue() or "/d/\\u2026" in stream.getvalue()
    assert token not in stream.getvalue()


def latest() -> Approval:
    return Approval.objects.latest("created_at")


def assert_private(response: Any) -> None:
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"


def test_nobody_but_the_recipient_decides_by_it(office: Office) -> None:
    """Whoever else is signed in here, the link speaks for the one it was sent to."""
    _, path = mailed(office)
    client = Client()
    client.force_login(User.objects.get(username="bob"))
    submit(client, path)
    assert Decision.objects.get().decided_by == office.alice
