"""Webhooks: off by default, signed, kept from inner networks, and tried again."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from approvals.notifications.kinds import Kind
from approvals.notifications.models import Webhook, WebhookDelivery
from approvals.notifications.webhooks import guard, posting, signing
from approvals.notifications.webhooks.sending import WebhookChore
from tests.notifications.conftest import Office
from tests.threads import in_threads
from workflows.rows import database_now


class Receiver:
    """A program on this machine that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answer = 200
        self.headers: dict[str, str] = {}
        self.pause = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sent = {name.lower(): value for name, value in self.headers.items()}
                receiver.told.append((sent, body))
                time.sleep(receiver.pause)
                self.send_response(receiver.answer)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(office: Office, settings: Any) -> Iterator[Receiver]:
    receiver = Receiver()
    allowed = {"WEBHOOK_LOCAL_RECEIVERS": (receiver.origin,)}
    settings.APPROVALS = {**settings.APPROVALS, **allowed}
    yield receiver
    receiver.stop()


def post(office: Office) -> None:
    office.post()
    while WebhookChore().do_due():
        pass


def test_a_program_is_told_what_opens_and_how_it_ends(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=f"{receiver.origin}/hook?a=b")
    approval = office.ask(title="Secret plans?")
    post(office)
    office.answer(approval, office.alice)
    post(office)
    events = [json.loads(body) for _, body in receiver.told]
    assert [event["type"] for event in events] == [
        "approval.opened",
        "approval.outcome",
    ]
    assert events[1]["data"] == {
        "approval_id": approval.pk,
        "run_id": approval.run_id,
        "workflow": approval.workflow,
        "step": "ask",
        "version": 1,
        "status": "decided",
        "outcome": "approved",
        "url": f"http://127.0.0.1:8000/api/v1/approvals/{approval.pk}/",
    }
    assert b"Secret plans" not in receiver.told[0][1]


def test_the_signature_is_what_the_secret_makes_of_id_time_and_body(
    office: Office, receiver: Receiver, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = ["an older key"]
    webhook = Webhook.objects.create(url=receiver.origin)
    office.ask()
    post(office)
    headers, body = receiver.told[0]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    secret = signing.secret_of(webhook.seed)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    new, old = headers["webhook-signature"].split()
    assert new == f"v1,{made}"
    settings.SECRET_KEY = "an older key"
    assert signing.secret_of(webhook.seed) != secret
    assert old.startswith("v1,")
    assert old != new


def test_none_is_sent_while_no_host_is_allowed(office: Office) -> None:
    Webhook.objects.create(url="https://hooks.example/")
    office.ask()
    post(office)
    assert not WebhookDelivery.objects.exists()


def test_a_subscription_may_want_some_kinds_only(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=receiver.origin, kinds=[Kind.OUTCOME])
    Webhook.objects.create(url=receiver.origin, active=False)
    office.ask()
    post(office)
    assert receiver.told == []


def test_it_is_tried_again_with_the_same_id_and_body(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=receiver.origin)
    receiver.answer = 500
    office.ask()
    post(office)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.answer, delivery.error) == (
        "waiting",
        500,
        "HTTP 500",
    )
    receiver.answer = 204
    WebhookDelivery.objects.update(due_at=database_now())
    post(office)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.answer, delivery.error) == ("sent", 204, "")
    (first, body), (second, same) = receiver.told
    assert first["webhook-id"] == second["webhook-id"] == delivery.event_id
    assert body == same


def test_what_opened_is_told_as_open_however_late(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=receiver.origin)
    office.answer(office.ask(), office.alice)
    post(office)
    events = [json.loads(body) for _, body in receiver.told]
    assert [
        (event["type"], event["data"]["status"], event["data"]["outcome"])
        for event in events
    ] == [
        ("approval.opened", "open", ""),
        ("approval.outcome", "decided", "approved"),
    ]


def test_a_webhook_that_is_switched_off_is_told_nothing_that_waits(
    office: Office, receiver: Receiver
) -> None:
    webhook = Webhook.objects.create(url=receiver.origin)
    receiver.answer = 500
    office.ask()
    post(office)
    webhook.active = False
    webhook.save()
    WebhookDelivery.objects.update(due_at=database_now())
    post(office)
    assert len(receiver.told) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.error) == (
        "skipped",
        "the webhook is switched off",
    )


def test_a_redirect_is_not_followed(office: Office, receiver: Receiver) -> None:
    Webhook.objects.create(url=receiver.origin)
    receiver.answer, receiver.headers = 302, {"Location": f"{receiver.origin}/inner"}
    office.ask()
    post(office)
    assert len(receiver.told) == 1
    assert WebhookDelivery.objects.get().error == "HTTP 302"


def test_who_is_slow_is_cut_off(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.2)
    receiver.pause = 1.0
    began = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT011  # a time-out, or the line is cut
        posting.post(receiver.origin, b"{}", {})
    assert time.monotonic() - began < 0.9


def test_a_receiver_that_is_gone_costs_no_decision(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=receiver.origin)
    receiver.stop()
    approval = office.ask()
    post(office)
    assert "ConnectionRefusedError" in WebhookDelivery.objects.get().error
    assert office.answer(approval, office.alice).outcome == "approved"


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_delivery_once(
    office: Office, receiver: Receiver
) -> None:
    Webhook.objects.create(url=receiver.origin)
    for _ in range(3):
        office.ask()
    office.post()
    in_threads(lambda _: WebhookChore().do_due(), range(6), at_once=6)
    ids = [headers["webhook-id"] for headers, _ in receiver.told]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.5", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("fec0::1", "feff::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2001:0:7f00:1::"),
    ],
)
def test_no_address_inside_is_public(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_addresses_outside_are_public(address: str) -> None:
    assert guard.is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have names resolve to these addresses, one list after the other."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.fixture
def allowed(settings: Any) -> None:
    hosts = {"WEBHOOK_HOSTS": ("hooks.example",)}
    settings.APPROVALS = {**settings.APPROVALS, **hosts}


def test_one_inner_address_among_others_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, allowed: None
) -> None:
    resolving(monkeypatch, ["8.8.8.8", "10.0.0.5"])
    with pytest.raises(guard.Refused, match="not public"):
        guard.target_of("https://hooks.example/")


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, allowed: None
) -> None:
    """A name that changes its mind in between gains nothing."""
    asked = resolving(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    went: list[Any] = []

    def connect(address: Any, *_: Any) -> Any:
        went.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        posting.post("https://hooks.example/x", b"{}", {})
    assert went == [("8.8.8.8", 443)]
    assert asked == ["hooks.example"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://other.example/",
        "https://hooks.example.evil.example/",
        "https://hooks.example@evil.example/",
        "https://me:pass@hooks.example/",
        "https://127.0.0.1/",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example/\r\nX: y",
        "https:///x",
        "ftp://hooks.example/",
    ],
)
def test_an_address_that_is_not_allowed_is_refused_when_it_is_entered(
    allowed: None, url: str
) -> None:
    with pytest.raises(ValidationError):
        Webhook(url=url).clean()
    Webhook(url="https://HOOKS.example:8443/x?y=z").clean()


def test_the_admin_shows_the_secret_and_sends_again(
    office: Office, receiver: Receiver, client: Client
) -> None:
    webhook = Webhook.objects.create(url=receiver.origin)
    receiver.answer = 400
    office.ask()
    post(office)
    office.carol.is_staff = office.carol.is_superuser = True
    office.carol.save()
    client.force_login(office.carol)
    page = client.get(f"/admin/notifications/webhook/{webhook.pk}/change/")
    assert signing.secret_of(webhook.seed) in page.content.decode()
    receiver.answer = 200
    delivery = WebhookDelivery.objects.get()
    chosen = {"action": "replay", "_selected_action": [delivery.pk]}
    done = client.post("/admin/notifications/webhookdelivery/", chosen, follow=True)
    assert "1 delivery is sent again." in done.content.decode()
    post(office)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("sent", 1)


def test_whatever_a_name_comes_up_with_the_delivery_is_put_off(
    office: Office, allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> Any:
        raise UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    Webhook.objects.create(url="https://hooks.example/")
    office.ask()
    post(office)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.error) == ("waiting", "UnicodeError")
    assert delivery.due_at > database_now()
