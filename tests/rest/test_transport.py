"""What comes before any view's own work: bodies, formats, hosts, headers."""

import gzip
import json
from io import BytesIO

import pytest
from django.test import Client, RequestFactory
from rest_framework.parsers import JSONParser

from approvals.models import Decision
from tests.rest.scenes import RestCase
from workflows.rest.base import Endpoint
from workflows.rest.parsing import body_limits
from workflows.rest.problems import Refused

STRICT = "default-src 'none'; frame-ancestors 'none'"


class BodyTests(RestCase):
    def test_a_decision_of_no_object_is_refused_and_nothing_recorded(self) -> None:
        approval = self.ask()
        path = f"/approvals/{approval.pk}/decide/"
        for raw, status, words in (
            (b"", 400, "a JSON object is required"),
            (b" ", 400, "a JSON object is required"),
            (b"null", 400, "must be an object"),
            (b"[]", 400, "must be an object"),
            (b"\xef\xbb\xbf{}", 400, "UTF-8 without BOM"),
            ("{}".encode("utf-16"), 400, "UTF-8 without BOM"),
            (b'{"data": {"approved": NaN}}', 400, "finite"),
            (b'{"data": {"approved": true, "approved": false}}', 400, "twice"),
            (b'{"data": ' + b"[" * 33 + b"]" * 33 + b"}", 400, "deeper than 32"),
            (b"[" * 100_000, 400, ""),
            (b'{"data": {"comment": "a\\u0000b"}}', 422, "NUL is not allowed"),
        ):
            with self.subTest(raw=raw[:30]):
                response = self.post(path, raw=raw, user=self.alice)
                problem = self.assert_problem(response, status)
                assert words.lower() in problem["detail"].lower()
        assert not Decision.objects.exists()

    def test_without_a_content_type_an_empty_body_is_still_an_empty_body(self) -> None:
        approval = self.ask()
        path = f"/approvals/{approval.pk}/decide/"
        response = self.post(path, user=self.alice, content_type="")
        self.assert_problem(response, 400, "object is required")
        cancel = f"/runs/{approval.run_id}/cancel/"
        response = self.post(cancel, user=self.rita, content_type="")
        assert response.status_code == 202

    def test_a_compressed_body_is_refused_unread(self) -> None:
        bomb = gzip.compress(b"0" * 10_000_000)
        response = self.post(
            "/workflows/double/runs/",
            raw=bomb,
            user=self.rita,
            headers={"Content-Encoding": "gzip"},
        )
        self.assert_problem(response, 415)

    def test_a_body_over_the_limit_is_refused(self) -> None:
        for size in (body_limits().max_bytes + 1, 5_000_000):
            response = self.post(
                "/workflows/double/runs/", raw=b" " * size, user=self.rita
            )
            self.assert_problem(response, 413, "bytes")

    def test_other_media_types_and_charsets(self) -> None:
        for content_type, status in (
            ("application/json; charset=utf-8", 201),
            ("application/json", 201),
            ("application/xml", 415),
            ("application/json-patch+json", 415),
            ("nonsense", 415),
            ("x" * 300, 415),
        ):
            with self.subTest(content_type=content_type[:40]):
                response = self.post(
                    "/workflows/double/runs/",
                    {"input_data": 1},
                    self.rita,
                    content_type=content_type,
                )
                assert response.status_code == status

    def test_where_a_server_hides_the_length_it_is_asked_for(self) -> None:
        request = RequestFactory().post(
            "/", b"{}", content_type="application/json", headers={"Host": "localhost"}
        )
        del request.META["CONTENT_LENGTH"]
        request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
        with pytest.raises(Refused) as refusal:
            _ = Endpoint().initialize_request(request).data
        assert refusal.value.status == 411

    def test_the_frameworks_own_parser_takes_what_ours_refuses(self) -> None:
        """Why there is a parser of our own."""
        loose = JSONParser().parse(BytesIO(b'{"a": 1, "a": "\\u0000"}'), None, {})
        assert loose == {"a": "\x00"}


class AnswerTests(RestCase):
    def test_every_answer_carries_the_strict_headers(self) -> None:
        answers = [
            self.get("/workflows/", self.carol),
            self.get("/runs/", None),
            self.get("/runs/nope/", self.carol),
            self.get("/no/such/route/", self.carol),
            self.post("/workflows/double/runs/", {"x": 1}, self.rita),
        ]
        for response in answers:
            assert response["Content-Security-Policy"] == STRICT
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Cache-Control"] == "no-store"

    def test_a_format_we_do_not_write_is_not_acceptable(self) -> None:
        for accept in ("text/csv", "text/html", "text/event-stream", "image/*"):
            response = self.get("/runs/", self.rita, headers={"Accept": accept})
            self.assert_problem(response, 406)
        for accept in ("*/*", "application/*", "application/json;q=0.5, text/html"):
            response = self.get("/runs/", self.rita, headers={"Accept": accept})
            assert response.status_code == 200

    def test_a_strange_host_is_refused(self) -> None:
        response = self.get("/runs/", self.rita, headers={"Host": "evil.example"})
        assert response.status_code == 400

    def test_an_address_that_is_none_is_a_problem_too(self) -> None:
        for path in ("/", "/nope/", "/runs/a/b/c/"):
            self.assert_problem(self.get(path, self.rita), 404)

    def test_the_text_of_every_language_comes_as_itself(self) -> None:
        claim = {"employee": "Zoë 🙂 山田", "amount": "1"}
        run_id = self.start("claims", claim)
        response = self.get(f"/runs/{run_id}/", self.rita)
        assert "Zoë 🙂 山田".encode() in response.content
        assert json.loads(response.content)["input"]["employee"] == "Zoë 🙂 山田"

    def test_a_method_in_a_header_is_not_the_method(self) -> None:
        approval = self.ask()
        client = Client()
        client.force_login(self.rita)
        response = client.get(
            f"/api/v1/runs/{approval.run_id}/",
            headers={"X-HTTP-Method-Override": "DELETE"},
        )
        assert response.status_code == 200
