"""Runs outlive the code they were made with: they can be read, and wait for it."""

from tests.rest.scenes import RestCase, define_workflows, grant
from workflows.models import Run
from workflows.testing import isolated_registry, run_until_idle


class UninstalledTests(RestCase):
    def setUp(self) -> None:
        super().setUp()
        self.approval = self.ask()
        self.given = self.answer(self.approval)
        self.path = f"/runs/{self.approval.run_id}/"

    def test_run_and_approval_can_still_be_read(self) -> None:
        with isolated_registry():
            run = self.get(self.path, self.rita)
            assert (run.status_code, run.json()["status"]) == (200, "suspended")
            assert self.get(f"{self.path}events/", self.rita).status_code == 200
            assert self.get("/runs/", self.rita).status_code == 200
            shown = self.get(f"/approvals/{self.approval.pk}/", self.alice)
            assert shown.status_code == 200
            assert shown.json()["schema"]["required"] == ["approved"]
            assert self.get("/approvals/", self.alice).status_code == 200

    def test_answers_wait_until_the_code_is_back_and_nothing_is_lost(self) -> None:
        grant(self.olga, "resume_run")
        with isolated_registry():
            body = {"resume_data": {"approved": True}}
            resumed = self.post(f"{self.path}resume/", body, self.olga)
            self.assert_problem(resumed, 409, "claims")
            decide = f"/approvals/{self.approval.pk}/decide/"
            self.assert_problem(self.post(decide, self.given, self.alice), 409)
        with isolated_registry():
            define_workflows()
            decided = self.post(decide, self.given, self.alice)
            assert decided.status_code == 200
            run_until_idle()
        assert Run.objects.get().status == "success"

    def test_a_run_without_code_can_be_canceled(self) -> None:
        with isolated_registry():
            response = self.post(f"{self.path}cancel/", user=self.rita)
        assert (response.status_code, response.json()["status"]) == (202, "canceled")
