"""Tokens: shown once, hashed at rest, expiring, revocable, useless when forged."""

from datetime import timedelta
from typing import Any

from django.test import override_settings
from django.utils import timezone
from knox.models import AuthToken

from tests.rest.scenes import RestCase
from workflows.rest import tokens

GOOD = {"username": "alice", "password": "secret-word-1"}


class TokenTests(RestCase):
    def test_a_password_buys_a_token_that_opens_the_api(self) -> None:
        response = self.post("/token/", GOOD)
        assert response.status_code == 201
        token = response.json()["token"]
        assert self.inbox(f"Token {token}").status_code == 200
        assert not AuthToken.objects.filter(digest__contains=token).exists()
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies

    def test_every_wrong_pair_gets_one_answer(self) -> None:
        details = set()
        for name, password in (
            ("alice", "wrong"),
            ("nobody", GOOD["password"]),
            ("dan", GOOD["password"]),
        ):
            body = {"username": name, "password": password}
            problem = self.assert_problem(self.post("/token/", body), 401)
            details.add(problem["detail"])
        assert len(details) == 1
        assert not AuthToken.objects.exists()

    @override_settings(AXES_FAILURE_LIMIT=3)
    def test_guessing_locks_the_door_also_for_the_right_password(self) -> None:
        for _ in range(3):
            self.post("/token/", {**GOOD, "password": "wrong"})
        response = self.post("/token/", GOOD)
        self.assert_problem(response, 429, "wait")
        assert int(response["Retry-After"])

    def test_a_revoked_token_is_nothing(self) -> None:
        token = f"Token {tokens.issue(user=self.alice).token}"
        headers = {"Authorization": token}
        response = self.call("DELETE", "/api/v1/token/current/", headers=headers)
        assert response.status_code == 204
        self.assert_problem(self.inbox(token), 401)

    def test_an_expired_token_is_nothing_and_reading_it_deletes_nothing(self) -> None:
        issued = tokens.issue(user=self.alice)
        AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
        self.assert_problem(self.inbox(f"Token {issued.token}"), 401)
        assert AuthToken.objects.count() == 1

    def test_headers_of_any_bytes_are_no_error_of_ours(self) -> None:
        for value in ("Token", "Token ", "Token a b", "Token \xff\xfe", "Token %00"):
            with self.subTest(value=value):
                self.assert_problem(self.inbox(value), 401)
        for value in ("Bearer x", "Basic eDp5", "Token\xa0x", "x" * 9000):
            with self.subTest(value=value[:20]):
                self.assert_problem(self.inbox(value), 401)

    def test_a_401_says_how_to_sign_in(self) -> None:
        assert self.get("/runs/", None)["WWW-Authenticate"] == "Token"

    def test_a_token_in_the_query_string_opens_nothing(self) -> None:
        token = tokens.issue(user=self.alice).token
        self.assert_problem(self.get(f"/approvals/?token={token}", None), 401)

    def inbox(self, authorization: str) -> Any:
        headers = {"Authorization": authorization}
        return self.get("/approvals/", None, headers=headers)
