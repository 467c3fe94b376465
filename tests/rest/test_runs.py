"""Reading, resuming, canceling and restarting runs."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from approvals.models import Approval, AuditRow, Decision
from tests.rest.scenes import RestCase, grant
from workflows.models import Run, Snapshot, Suspension
from workflows.testing import run_until_idle

YES = {"approved": True}


class ReadTests(RestCase):
    def test_a_run_shows_its_result_steps_times_and_links(self) -> None:
        run_id = self.start("double", 21)
        run = self.get(f"/runs/{run_id}/", self.rita).json()
        assert (run["status"], run["result"], run["input"]) == ("success", 42, 21)
        assert run["steps"]["double"]["output"] == 42
        assert run["created_at"].endswith("Z")
        assert run["links"]["events"] == f"/api/v1/runs/{run_id}/events/"

    def test_a_failed_run_names_the_error_and_not_its_traceback(self) -> None:
        run_id = self.start("failing", 13)
        run = self.get(f"/runs/{run_id}/", self.rita).json()
        assert run["status"] == "failed"
        assert run["error"]["message"] == "13 is no good"
        assert run["error"]["step"] == "fail"
        assert "Traceback" not in str(run)

    def test_who_may_not_see_a_run_gets_the_answer_for_an_unknown_one(self) -> None:
        run_id = self.start()
        hidden = self.get(f"/runs/{run_id}/", self.carol)
        unknown = self.get("/runs/no-such-run/", self.carol)
        first, second = (self.assert_problem(r, 404) for r in (hidden, unknown))
        assert first["detail"] == second["detail"]

    def test_candidates_see_the_run_of_their_approval(self) -> None:
        run_id = self.start()
        for user in (self.alice, self.bob):
            assert self.get(f"/runs/{run_id}/", user).status_code == 200

    def test_ids_that_no_run_can_have_are_not_found(self) -> None:
        for run_id in ("%00", "a%00b", "x" * 400, "%ED%A0%80", "a%20b", "%0A"):
            with self.subTest(run_id=run_id):
                self.assert_problem(self.get(f"/runs/{run_id}/", self.olga), 404)

    def test_events_come_in_order_from_where_one_left_off(self) -> None:
        run_id = self.start("double", 21)
        events = self.get(f"/runs/{run_id}/events/", self.rita).json()
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["type"] == "workflow-finish"
        rest = self.get(f"/runs/{run_id}/events/?after=2", self.rita).json()
        assert rest == events[2:]
        one = self.get(f"/runs/{run_id}/events/?after=2&limit=1", self.rita).json()
        assert one == events[2:3]

    def test_snapshots_are_listed_oldest_first(self) -> None:
        run_id = self.start()
        Snapshot.objects.filter(run=run_id).delete()
        for seq in (2, 1):
            row = Snapshot(run_id=run_id, seq=seq, state='{"a":1}', at=timezone.now())
            row.save()
        snapshots = self.get(f"/runs/{run_id}/snapshots/", self.rita).json()
        assert [snapshot["seq"] for snapshot in snapshots] == [1, 2]
        assert snapshots[0]["state"] == {"a": 1}


class ResumeTests(RestCase):
    def test_an_open_approval_is_answered_by_people_at_its_own_address(self) -> None:
        approval = self.ask()
        for user in (self.rita, self.alice, self.olga):
            response = self.resume(approval, user=user)
            self.assert_problem(response, 403, f"/approvals/{approval.pk}/decide/")
        assert Suspension.objects.get().status == "open"

    def test_a_program_with_the_permission_may_and_is_audited(self) -> None:
        approval = self.ask()
        grant(self.olga, "resume_run")
        response = self.resume(approval, user=self.olga)
        assert response.status_code == 202
        run_until_idle()
        assert Run.objects.get().result_value == {"paid": True, "comment": ""}
        approval.refresh_from_db()
        assert (approval.status, approval.outcome) == ("decided", "approved")
        row = AuditRow.objects.get()
        assert (row.actor, row.channel) == (self.olga, "rest")
        assert not Decision.objects.exists()

    def test_data_is_checked_strictly_before_anything_is_consumed(self) -> None:
        approval = self.ask()
        for data in ({"approved": "yes"}, {"approved": 1}, {}, None, {"x": 1}):
            with self.subTest(data=data):
                response = self.resume(approval, data=data, user=self.adam)
                self.assert_problem(response, 422, "/resume_data")
        assert self.resume(approval, user=self.adam).status_code == 202

    def test_a_step_can_be_named_instead_or_nothing_at_all(self) -> None:
        for address in ({"step": "ask-manager"}, {"step": ["ask-manager"]}, {}):
            with self.subTest(address=address):
                approval = self.ask()
                body = {**address, "resume_data": {"approved": True}}
                path = f"/runs/{approval.run_id}/resume/"
                assert self.post(path, body, self.adam).status_code == 202

    def test_a_second_answer_is_a_conflict(self) -> None:
        approval = self.ask()
        self.resume(approval, user=self.adam)
        self.assert_problem(self.resume(approval, user=self.adam), 409)

    def test_wrong_addresses_are_conflicts(self) -> None:
        approval = self.ask()
        path = f"/runs/{approval.run_id}/resume/"
        for address in ({"step": "nope"}, {"label": "x"}, {"suspension_id": "y"}):
            body = {**address, "resume_data": {"approved": True}}
            self.assert_problem(self.post(path, body, self.adam), 409)

    def test_a_finished_run_takes_no_answer_and_an_unknown_one_is_not_found(
        self,
    ) -> None:
        run_id = self.start("double", 1)
        self.assert_problem(self.post(f"/runs/{run_id}/resume/", {}, self.adam), 409)
        self.assert_problem(self.post("/runs/nope/resume/", {}, self.adam), 404)

    def resume(
        self,
        approval: Approval,
        *,
        user: User,
        data: Any = YES,
    ) -> Any:
        body = {"suspension_id": approval.suspension_id, "resume_data": data}
        return self.post(f"/runs/{approval.run_id}/resume/", body, user)


class CancelTests(RestCase):
    def test_initiators_and_operators_cancel_and_the_approval_closes(self) -> None:
        for user in (self.rita, self.olga):
            approval = self.ask()
            response = self.post(f"/runs/{approval.run_id}/cancel/", user=user)
            assert response.status_code == 202
            assert response.json()["status"] == "canceled"
            approval.refresh_from_db()
            assert approval.status == "withdrawn"
            row = AuditRow.objects.get(run_id=approval.run_id)
            assert (row.actor, row.channel) == (user, "rest")

    def test_candidates_see_the_run_but_do_not_cancel_it(self) -> None:
        approval = self.ask()
        path = f"/runs/{approval.run_id}/cancel/"
        self.assert_problem(self.post(path, user=self.alice), 403)
        self.assert_problem(self.post(path, user=self.carol), 404)
        assert Run.objects.get().status == "suspended"

    def test_canceling_a_finished_run_says_what_it_became(self) -> None:
        run_id = self.start("double", 1)
        path = f"/runs/{run_id}/cancel/"
        self.assert_problem(self.post(path, user=self.rita), 409, "success")
        failed = self.start("failing", 1)
        path = f"/runs/{failed}/cancel/"
        self.assert_problem(self.post(path, user=self.rita), 409, "failed")

    def test_canceling_twice_is_a_conflict(self) -> None:
        approval = self.ask()
        path = f"/runs/{approval.run_id}/cancel/"
        self.post(path, {}, self.rita)
        self.assert_problem(self.post(path, {}, self.rita), 409, "canceled")

    def test_a_body_may_be_left_out_but_not_filled(self) -> None:
        approval = self.ask()
        path = f"/runs/{approval.run_id}/cancel/"
        response = self.post(path, {"status": "failed"}, self.rita)
        self.assert_problem(response, 422, "unknown field")


class RestartTests(RestCase):
    def test_a_finished_run_is_given_unchanged(self) -> None:
        run_id = self.start("double", 4)
        before = self.get(f"/runs/{run_id}/", self.olga).json()
        response = self.post(f"/runs/{run_id}/restart/", user=self.olga)
        assert response.status_code == 200
        assert response.json() == before

    def test_only_operators_restart(self) -> None:
        approval = self.ask()
        path = f"/runs/{approval.run_id}/restart/"
        self.assert_problem(self.post(path, user=self.rita), 403, "operate_run")
        assert self.post(path, user=self.olga).status_code == 202
