"""Headers, limits and errors that hold for every address of the site."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.client import MULTIPART_CONTENT

ADDRESSES = (
    "/healthz",
    "/accounts/login/",
    "/admin/login/",
    "/no/such/page/",
    "/static/admin/css/base.css",
    "/static/no-such-file.css",
    "/api/v1/no-such-thing/",
    "/api/schema/",
)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_security_headers(
    client: Client, address: str
) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers


@pytest.mark.django_db
def test_the_machine_interface_is_never_cached_nor_run_as_a_page(
    client: Client,
) -> None:
    headers = client.get("/api/v1/no-such-thing/").headers
    assert headers["Content-Security-Policy"] == settings.API_CSP
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_page_may_be_kept_by_its_reader_alone(client: Client) -> None:
    assert "private" in client.get("/no/such/page/").headers["Cache-Control"]


@pytest.mark.django_db
def test_nobody_sees_a_page_without_signing_in(client: Client) -> None:
    response = client.get("/api/docs/")
    assert response.status_code in (302, 401, 403)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/no-such-thing/", "/api/"])
def test_an_unknown_api_address_is_a_problem_in_json(
    client: Client, address: str
) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "about:blank"
    assert problem["title"] == "Not Found"
    assert problem["status"] == 404
    assert problem["detail"] == "There is nothing here."
    assert problem["request_id"]


@pytest.mark.django_db
def test_a_foreign_host_is_refused(client: Client) -> None:
    response = client.get("/api/v1/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert response.json()["status"] == 400


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/api/v1/runs/"])
def test_a_body_over_the_limit_is_refused(client: Client, address: str) -> None:
    body = b"x" * (settings.MAX_REQUEST_BYTES + 1)
    response = client.post(address, body, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("migrated", [False, True])
@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("config.middleware.RequestLimits.__call__", "/accounts/login/"),
        ("rest_framework.views.APIView.initial", "/api/v1/runs/"),
    ],
)
def test_a_database_that_was_not_migrated_is_said_to_lack_just_that(
    monkeypatch: pytest.MonkeyPatch, place: str, address: str, migrated: bool
) -> None:
    def asks_too_early(*_: object, **__: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM table_of_the_next_version")

    monkeypatch.setattr(place, asks_too_early)
    if not migrated:
        MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    response = Client(raise_request_exception=False).get(address)
    assert ("manage.py migrate" in response.content.decode()) is not migrated
    assert migrated or response.status_code == 503


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "At most 1.0 MB can be sent."),
        ("ja", "一度に送れるのは 1.0 MB までです。"),
    ],
)
def test_a_body_over_the_limit_gets_a_page_in_the_readers_language(
    client: Client, language: str, words: str
) -> None:
    text = "x" * (settings.MAX_REQUEST_BYTES + 1)
    for content_type in (MULTIPART_CONTENT, "application/x-www-form-urlencoded"):
        data: Any = {"username": text}
        if content_type != MULTIPART_CONTENT:
            data = urlencode(data)
        response = client.post(
            "/accounts/login/",
            data,
            content_type=content_type,
            headers={"accept-language": language},
        )
        assert response.status_code == 413
        page = response.content.decode().replace("\N{NO-BREAK SPACE}", " ")
        assert words in page
        assert '<main id="main"' in page


@pytest.mark.django_db
def test_a_body_at_the_limit_is_let_through(client: Client) -> None:
    body = b"x" * settings.MAX_REQUEST_BYTES
    response = client.post("/api/v1/none/", body, content_type="application/json")
    assert response.status_code == 404


@pytest.mark.django_db
def test_a_compressed_body_is_refused(client: Client) -> None:
    response = client.post(
        "/api/v1/runs/",
        b"\x1f\x8b",
        content_type="application/json",
        headers={"content-encoding": "gzip"},
    )
    assert response.status_code == 415


@pytest.mark.django_db
def test_the_sixth_wrong_password_meets_a_lock(client: Client) -> None:
    User.objects.create_user("alice", password="the right one")
    wrong = {"username": "alice", "password": "a wrong one"}
    answers = [client.post("/accounts/login/", wrong).status_code for _ in range(6)]
    assert answers[-1] == 429
    right = {"username": "alice", "password": "the right one"}
    assert client.post("/accounts/login/", right).status_code == 429


@pytest.mark.django_db
def test_health_needs_no_user(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_database_without_its_tables_is_not_ready(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "migrations not applied: 1"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError, 503), (RuntimeError, 500)]
)
@pytest.mark.parametrize("address", ["/accounts/login/", "/api/v1/runs/"])
def test_a_lost_database_is_not_called_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    error: type[Exception],
    status: int,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("config.middleware.RequestLimits.__call__", broken)
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == status
    assert ("Retry-After" in response.headers) is (status == 503)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Whether what you have just sent was recorded is not known"),
        ("ja", "今送信した内容が記録されたかどうかは分かりません"),
    ],
)
def test_who_sent_something_to_a_lost_database_is_told_so_in_their_language(
    monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.contrib.auth.views.LoginView.post", gone)
    reader = Client(
        raise_request_exception=False, headers={"accept-language": language}
    )
    response = reader.post("/accounts/login/", {"username": "alice"})
    assert response.status_code == 503
    assert words in response.content.decode()
