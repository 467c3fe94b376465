"""A session's unsafe requests need the CSRF token; a token in a header needs none."""

from django.test import Client
from django.urls import reverse

from tests.rest.scenes import BACKEND, RestCase
from tests.rest.test_matrix import methods, routes
from workflows.models import Run
from workflows.rest import tokens

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
WITHOUT_SESSION = {"rest:token", "rest:token-current"}  # cookies count for nothing


class CsrfTests(RestCase):
    def test_no_unsafe_route_takes_a_session_without_the_csrf_token(self) -> None:
        approval = self.ask()
        tried = 0
        for name, route in routes():
            for method in set(methods(route)) - SAFE:
                if name in WITHOUT_SESSION:
                    continue
                client = Client(enforce_csrf_checks=True)
                client.force_login(self.adam, BACKEND)
                path = self.path_of(name, approval.run_id, approval.pk)
                with self.subTest(route=name, method=method):
                    response = client.generic(
                        method, path, b"{}", content_type="application/json"
                    )
                    self.assert_problem(response, 403, "CSRF")
                    tried += 1
        assert tried == 26
        assert Run.objects.get().status == "suspended"

    def test_with_the_csrf_token_the_session_may(self) -> None:
        approval = self.ask()
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.rita, BACKEND)
        token = "a" * 32
        client.cookies["csrftoken"] = token
        response = client.post(
            f"/api/v1/runs/{approval.run_id}/cancel/",
            content_type="application/json",
            headers={"X-CSRFToken": token},
        )
        assert response.status_code == 202, response.content

    def test_a_token_in_the_header_is_exempt(self) -> None:
        approval = self.ask()
        issued = tokens.issue(user=self.rita)
        response = Client(enforce_csrf_checks=True).post(
            f"/api/v1/runs/{approval.run_id}/cancel/",
            content_type="application/json",
            headers={"Authorization": f"Token {issued.token}"},
        )
        assert response.status_code == 202, response.content

    def test_a_form_of_another_site_reaches_no_endpoint(self) -> None:
        approval = self.ask()
        for content_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
        ):
            response = self.post(
                f"/approvals/{approval.pk}/decide/",
                user=self.alice,
                raw=b"data=1",
                content_type=content_type,
            )
            self.assert_problem(response, 415)

    def path_of(self, name: str, run_id: str, approval_id: str) -> str:
        if name == "rest:workflow-runs":
            return reverse(name, args=["claims"])
        if name.startswith("rest:schedule-"):
            return reverse(name, args=["nightly"])
        if name in ("approvals-rest:bulk-decide", "approvals-rest:delegations"):
            return reverse(name)
        key = run_id if name.startswith("rest:run-") else approval_id
        return reverse(name, args=[key])
