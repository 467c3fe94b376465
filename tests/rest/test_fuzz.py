"""Whatever is sent, the answer is one that the document lists, and never a 500."""

from typing import Any
from unittest import mock

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from tests.rest.scenes import BACKEND, RestCase
from workflows.rest import tokens, waiting

EXAMPLES = {"adam": 8, "alice": 6, "": 2}  # for each operation, by who asks
BYTES = 150
# A validator says more than JSON Schema can, and ids of runs that exist are rare.
TOO_STRICT = ("positive_data_acceptance",)


@pytest.mark.one_database
class DocumentFuzzTests(RestCase):
    def test_every_operation_keeps_to_its_document_for_every_actor(self) -> None:
        approval = self.ask()
        self.known = {
            "run_id": approval.run_id,
            "approval_id": approval.pk,
            "workflow_id": "claims",
        }
        self.keep_connection()
        self.enterContext(mock.patch.object(waiting, "MAX_WAIT", 0.01))
        document = schemathesis.openapi.from_wsgi(
            "/api/schema/",
            get_wsgi_application(),
            headers={**self.token(self.adam), "Accept": "application/json"},
        )
        excluded = [CHECKS.get_one(name) for name in TOO_STRICT]
        people = {"adam": self.adam, "alice": self.alice}
        for name in EXAMPLES:
            headers = self.token(people[name]) if name else {}
            operations: Any = document.get_all_operations()
            for operation in (result.ok() for result in operations):
                with self.subTest(operation=operation.label, user=name):
                    self.fuzz(operation, name, headers, excluded)

    def keep_connection(self) -> None:
        """As Django's test client does, which puts it back after each request."""
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)

    def fuzz(
        self, operation: Any, name: str, headers: dict[str, str], excluded: Any
    ) -> None:
        @settings(
            max_examples=EXAMPLES[name],
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def holds(case: Any, known: bool) -> None:
            if known:
                names = (case.path_parameters or {}).keys() & self.known.keys()
                case.path_parameters = {
                    **(case.path_parameters or {}),
                    **{name: self.known[name] for name in names},
                }
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, excluded_checks=excluded, headers=headers)

        holds()

    def token(self, user: Any) -> dict[str, str]:
        return {"Authorization": f"Token {tokens.issue(user=user).token}"}


class BytesFuzzTests(RestCase):
    def test_any_bytes_as_a_body_are_the_senders_fault(self) -> None:
        approval = self.ask()
        client = Client()
        client.force_login(self.alice, BACKEND)
        json_like = st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )

        @settings(
            max_examples=BYTES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            body=st.binary() | json_like.map(lambda value: repr(value).encode("utf-8")),
            kind=st.sampled_from(["application/json", "text/plain", "", "a/b; c=d"]),
        )
        def holds(body: bytes, kind: str) -> None:
            response = client.generic(
                "POST",
                f"/api/v1/approvals/{approval.pk}/decide/",
                body,
                content_type=kind,
            )
            assert 400 <= response.status_code < 500

        holds()
