"""The same request sent again: one effect, one answer."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client, TransactionTestCase
from django.utils import timezone

from tests.rest.scenes import BACKEND, CLAIM, RestCase, define_workflows, dumped, grant
from tests.threads import in_threads
from workflows.models import Run
from workflows.rest.models import IdempotencyKey
from workflows.testing import isolated_registry, run_until_idle, stop_engine

STARTS = "/workflows/double/runs/"


class RepeatTests(RestCase):
    def test_a_repeat_gets_the_first_answer_and_starts_nothing(self) -> None:
        first = self.start_with("key-1")
        run_until_idle()
        second = self.start_with("key-1")
        assert second.status_code == 201
        assert second.json() == first.json()
        assert second["Location"] == first["Location"]
        assert Run.objects.count() == 1

    def test_spaces_and_order_do_not_make_another_body(self) -> None:
        first = self.start_with("k", raw=b'{"input_data":1,"resource_id":"a"}')
        again = self.start_with("k", raw=b'{ "resource_id": "a", "input_data": 1 }')
        assert again.json() == first.json()

    def test_another_body_or_address_under_the_key_is_refused(self) -> None:
        self.start_with("key-1")
        self.assert_problem(self.start_with("key-1", {"input_data": 2}), 422)
        response = self.post(
            "/workflows/claims/runs/",
            {"input_data": CLAIM},
            self.rita,
            headers={"Idempotency-Key": "key-1"},
        )
        self.assert_problem(response, 422, "another request")
        assert Run.objects.count() == 1

    def test_keys_are_each_persons_own(self) -> None:
        self.start_with("key-1")
        self.start_with("key-1", user=self.olga)
        assert Run.objects.count() == 2

    def test_a_refused_request_leaves_the_key_free(self) -> None:
        self.assert_problem(self.start_with("key-1", {"input_data": "x"}), 422)
        assert self.start_with("key-1").status_code == 201

    def test_a_failure_on_the_way_takes_back_key_and_run(self) -> None:
        body = {"input_data": 1, "run_id": "taken"}
        self.start_with("key-1", body)
        self.assert_problem(self.start_with("key-2", body), 409)
        assert not IdempotencyKey.objects.filter(key="key-2").exists()

    def test_while_the_first_still_waits_a_repeat_is_asked_to_come_back(self) -> None:
        self.start_with("key-1")
        soon = timezone.now() + timedelta(seconds=3)
        IdempotencyKey.objects.update(open_until=soon)
        response = self.start_with("key-1")
        self.assert_problem(response, 409, "in flight")
        assert int(response["Retry-After"]) in range(1, 6)

    def test_after_a_crash_in_the_wait_a_repeat_gets_what_was_stored(self) -> None:
        first = self.start_with("key-1")
        past = timezone.now() - timedelta(seconds=1)
        IdempotencyKey.objects.update(open_until=past)
        assert self.start_with("key-1").json() == first.json()

    def test_bad_keys_are_refused(self) -> None:
        for key in ("", " ", "a b", "a\tb", "k" * 256, "k" * 10_000, "schlüssel"):
            with self.subTest(key=key[:10]):
                self.assert_problem(self.start_with(key), 400, "Idempotency-Key")
        assert not Run.objects.exists()

    def test_answers_are_forgotten_after_a_week(self) -> None:
        self.start_with("key-1")
        long_ago = timezone.now() - timedelta(days=8)
        IdempotencyKey.objects.update(created_at=long_ago)
        self.start_with("key-2")
        assert IdempotencyKey.objects.get().key == "key-2"

    def test_a_decision_can_be_repeated_too(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        path, headers = f"/approvals/{approval.pk}/decide/", {"Idempotency-Key": "d"}
        first = self.post(path, answer, self.alice, headers=headers)
        again = self.post(path, answer, self.alice, headers=headers)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()

    def test_a_resume_and_a_cancel_can_be_repeated_too(self) -> None:
        for path, body in (
            ("resume", {"resume_data": {"approved": True}}),
            ("cancel", {}),
        ):
            run_id = self.start()
            address, headers = f"/runs/{run_id}/{path}/", {"Idempotency-Key": run_id}
            first = self.post(address, body, self.adam, headers=headers)
            run_until_idle()
            again = self.post(address, body, self.adam, headers=headers)
            assert (first.status_code, again.status_code) == (202, 202)
            assert first.json() == again.json()

    def start_with(
        self, key: str, body: Any = None, *, user: User | None = None, **options: Any
    ) -> Any:
        return self.post(
            STARTS,
            body or (None if "raw" in options else {"input_data": 1}),
            user or self.rita,
            headers={"Idempotency-Key": key},
            **options,
        )


class StormTests(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(isolated_registry())
        self.addCleanup(stop_engine)
        define_workflows()
        self.rita = User.objects.create_user("rita")
        grant(self.rita, "start_run")

    def test_of_fifty_at_once_one_starts_and_all_hear_of_it(self) -> None:
        answers = in_threads(self.start, range(50), at_once=12)
        assert Run.objects.count() == 1
        run_id = Run.objects.get().pk
        assert set(answers) == {(201, run_id)}

    def test_of_many_starts_under_one_run_id_one_wins(self) -> None:
        answers = in_threads(self.start_named, range(24), at_once=12)
        assert sorted(status for status, _ in answers) == [201] + [409] * 23
        assert Run.objects.count() == 1

    def start(self, _number: int) -> tuple[int, str]:
        return self.post({"input_data": 1}, {"Idempotency-Key": "one"})

    def start_named(self, number: int) -> tuple[int, str]:
        return self.post({"input_data": number, "run_id": "one"}, {})

    def post(self, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        """Status and run id of a start in a thread of its own."""
        client = Client()
        client.force_login(self.rita, BACKEND)
        response = client.generic(
            "POST",
            f"/api/v1{STARTS}",
            dumped(body),
            content_type="application/json",
            headers=headers,
        )
        return response.status_code, response.json().get("run_id")
