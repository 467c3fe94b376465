"""The page that shows staff what would have been mailed."""

from typing import Any

import pytest
from django.test import Client

from approvals import ApprovalPolicy
from approvals.notifications.models import Mail
from tests.notifications.conftest import Office


@pytest.fixture
def kept(office: Office, settings: Any) -> Mail:
    settings.APPROVALS = {**settings.APPROVALS, "SEND_MAILS": False, "KEEP_MAILS": True}
    office.ask(ApprovalPolicy(users=["alice"]), title="Pay <b>now</b>?")
    office.post()
    return Mail.objects.get()


@pytest.fixture
def staff(office: Office, client: Client) -> Client:
    office.carol.is_staff = True
    office.carol.save()
    client.force_login(office.carol)
    return client


def test_staff_read_what_would_have_been_mailed(kept: Mail, staff: Client) -> None:
    listed = staff.get("/outbox/").content.decode()
    assert "Pay &lt;b&gt;now&lt;/b&gt;?" in listed
    assert "alice@desk.example" in listed
    page = staff.get(f"/outbox/{kept.pk}/")
    assert '<a href="/d/' in page.content.decode()
    assert "<iframe" in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_what_keeps_a_subject_in_order_is_no_hidden_character(
    office: Office, kept: Mail, staff: Client
) -> None:
    office.ask(ApprovalPolicy(users=["alice"]), title="Pay عمر 7.00 EUR?")
    office.post()
    for path in ("/outbox/", f"/outbox/{Mail.objects.latest('pk').pk}/"):
        page = staff.get(path).content.decode()
        assert "\u2068عمر\u2069 7.00 EUR?" in page
        assert "hidden-char" not in page


def test_the_html_can_do_nothing_where_it_is_shown(kept: Mail, staff: Client) -> None:
    response = staff.get(f"/outbox/{kept.pk}/html/")
    assert "Pay &lt;b&gt;now&lt;/b&gt;?" in response.content.decode()
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_nobody_else_does(kept: Mail, office: Office, client: Client) -> None:
    client.force_login(office.alice)
    for path in ("/outbox/", f"/outbox/{kept.pk}/", f"/outbox/{kept.pk}/html/"):
        assert client.get(path).status_code == 404


def test_where_mails_are_not_kept_there_is_no_page(
    kept: Mail, staff: Client, settings: Any
) -> None:
    settings.APPROVALS = {**settings.APPROVALS, "KEEP_MAILS": False}
    assert staff.get("/outbox/").status_code == 404
