"""Starting runs: who may, with what, and what is refused."""

from typing import Any

from tests.rest.scenes import CLAIM, RestCase, pointers
from workflows.models import Run
from workflows.testing import run_until_idle


class StartTests(RestCase):
    def test_a_started_run_is_stored_pending_and_located(self) -> None:
        response = self.post(
            "/workflows/claims/runs/",
            {"input_data": CLAIM, "resource_id": "claim-7"},
            self.rita,
        )
        assert response.status_code == 201
        run = response.json()
        assert run["status"] == "pending"
        assert run["resource_id"] == "claim-7"
        assert response["Location"] == run["links"]["self"]
        assert Run.objects.get().initiator == self.rita

    def test_a_run_id_of_the_clients_own_is_kept(self) -> None:
        body = {"input_data": CLAIM, "run_id": "claim:2026.7-a_b"}
        response = self.post("/workflows/claims/runs/", body, self.rita)
        assert response.json()["run_id"] == "claim:2026.7-a_b"

    def test_a_worker_carries_the_run_on_to_its_question(self) -> None:
        run_id = self.start()
        run = self.get(f"/runs/{run_id}/", self.rita).json()
        assert run["status"] == "suspended"
        assert run["suspended"] == [["ask-manager"]]
        assert run["suspend_payload"] == {
            "ask-manager": {"title": "Pay Rita?", "amount": "12.50"}
        }

    def test_an_unknown_workflow_is_not_found(self) -> None:
        response = self.post("/workflows/nope/runs/", {}, self.rita)
        self.assert_problem(response, 404, "nope")

    def test_without_the_permission_nothing_starts(self) -> None:
        response = self.post(
            "/workflows/claims/runs/", {"input_data": CLAIM}, self.carol
        )
        self.assert_problem(response, 403, "workflows.start_run")
        assert not Run.objects.exists()

    def test_input_is_checked_strictly_and_faults_are_placed(self) -> None:
        for claim, pointer in (
            ({"employee": "Rita"}, "/input_data/amount"),
            ({"employee": 7, "amount": "1"}, "/input_data/employee"),
            ({**CLAIM, "amount": "lots"}, "/input_data/amount"),
            ({**CLAIM, "amount": True}, "/input_data/amount"),
            ({**CLAIM, "paid": True}, "/input_data/paid"),
            ({**CLAIM, "employee": "x" * 30_000}, "/input_data/employee"),
            ({**CLAIM, "employee": "x" * 300_000}, "/input_data"),
            ({**CLAIM, "amount": "Infinity"}, "/input_data/amount"),
            ({**CLAIM, "amount": "NaN"}, "/input_data/amount"),
            ({**CLAIM, "amount": "1E+1000000"}, "/input_data/amount"),
            ({**CLAIM, "amount": "0." + "1" * 50}, "/input_data/amount"),
        ):
            with self.subTest(claim=str(claim)[:40]):
                self.refused({"input_data": claim}, pointer)

    def test_what_a_client_may_not_set_is_an_unknown_field(self) -> None:
        for field in ("owner", "status", "tenant", "decided_by", "initiator"):
            with self.subTest(field=field):
                problem = self.refused({"input_data": CLAIM, field: "me"}, f"/{field}")
                assert "unknown field" in str(problem["errors"])

    def test_malformed_names_are_refused(self) -> None:
        for body, pointer in (
            ({"run_id": "a b"}, "/run_id"),
            ({"run_id": "x" * 129}, "/run_id"),
            ({"run_id": "run\n"}, "/run_id"),
            ({"run_id": ""}, "/run_id"),
            ({"run_id": 7}, "/run_id"),
            ({"resource_id": "x" * 201}, "/resource_id"),
            ({"initial_state": []}, "/initial_state"),
        ):
            with self.subTest(body=body):
                self.refused({"input_data": CLAIM, **body}, pointer)

    def refused(self, body: dict[str, Any], pointer: str) -> dict[str, Any]:
        response = self.post("/workflows/claims/runs/", body, self.rita)
        problem = self.assert_problem(response, 422)
        assert pointer in pointers(problem)
        assert not Run.objects.exists()
        return problem


class TakenIdTests(RestCase):
    def test_a_taken_run_id_is_a_conflict_that_names_what_the_run_is(self) -> None:
        run_id = self.start("double", 4)
        for workflow, data in (("double", 5), ("claims", CLAIM)):
            body = {"input_data": data, "run_id": run_id}
            response = self.post(f"/workflows/{workflow}/runs/", body, self.rita)
            self.assert_problem(response, 409, "success")
        run_until_idle()
        assert Run.objects.get().result_value == 8

    def test_who_may_not_see_the_run_learns_only_that_the_id_is_taken(self) -> None:
        run_id = self.start("double", 4, self.olga)
        body = {"input_data": 5, "run_id": run_id}
        problem = self.assert_problem(
            self.post("/workflows/double/runs/", body, self.rita), 409, "taken"
        )
        assert "success" not in problem["detail"]
