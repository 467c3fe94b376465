"""Schedules over REST: reading them, holding them back."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.rest.scenes import RestCase, double
from workflows import Workflow, schedules
from workflows.models import Schedule
from workflows.rest import bodies


class ScheduleTests(RestCase):
    def setUp(self) -> None:
        super().setUp()
        twice: Any = [
            {"id": "weekly", "cron": "0 4 * * 1", "input_data": 1},
            {"id": "monthly", "cron": "0 5 1 * *", "input_data": 2},
        ]
        Workflow("report", input_schema=int, schedule=twice).then(double).commit()

    def test_the_list_shows_all_with_their_next_tick(self) -> None:
        found = self.get("/schedules/", self.olga).json()
        assert [one["id"] for one in found] == [
            "nightly",
            "report/monthly",
            "report/weekly",
        ]
        nightly = found[0]
        assert (nightly["status"], nightly["cron"]) == ("active", "0 3 * * *")
        assert nightly["next_fire_at"].endswith("Z")
        bodies.ScheduleList.model_validate(found)

    def test_an_id_may_contain_a_slash_and_links_lead_everywhere(self) -> None:
        one = self.get("/schedules/report/weekly/", self.olga).json()
        assert (one["id"], one["triggers"]) == ("report/weekly", [])
        bodies.ScheduleDetail.model_validate(one)
        for name, method in (("self", "GET"), ("pause", "POST"), ("resume", "POST")):
            response = self.call(method, one["links"][name], user=self.olga)
            assert response.json()["id"] == "report/weekly", name

    def test_what_fired_is_told_with_its_run(self) -> None:
        schedules.sync()
        now = timezone.now()
        Schedule.objects.filter(pk="nightly").update(
            next_fire_at=now - timedelta(minutes=1)
        )
        (run_id,) = schedules.fire_due(now)
        one = self.get("/schedules/nightly/", self.olga).json()
        (trigger,) = one["triggers"]
        assert (trigger["run_id"], trigger["error"]) == (run_id, None)
        assert one["last_fire_at"] == trigger["fired_at"]

    def test_paused_it_fires_nothing_until_resumed(self) -> None:
        for _ in range(2):
            paused = self.post("/schedules/nightly/pause/", user=self.olga)
            assert (paused.status_code, paused.json()["status"]) == (200, "paused")
        now = timezone.now() + timedelta(days=32)
        assert schedules.fire_due(now) != []  # the other workflow's
        assert self.get("/schedules/nightly/", self.olga).json()["triggers"] == []
        resumed = self.post("/schedules/nightly/resume/", {}, self.olga)
        assert resumed.json()["status"] == "active"

    def test_an_unknown_one_is_not_found(self) -> None:
        for key in ("nope", "report/nope", "report/weekly/x", "a%00b", "x" * 500):
            with self.subTest(key=key):
                response = self.get(f"/schedules/{key}/", self.olga)
                self.assert_problem(response, 404)
                response = self.post(f"/schedules/{key}/pause/", user=self.olga)
                self.assert_problem(response, 404)

    def test_who_sees_not_all_runs_learns_nothing_of_schedules(self) -> None:
        for key in ("nightly", "nope"):
            response = self.get(f"/schedules/{key}/", self.rita)
            self.assert_problem(response, 403, "workflows.view_run")
        response = self.post("/schedules/nightly/pause/", user=self.rita)
        self.assert_problem(response, 403, "workflows.operate_run")

    def test_a_body_may_be_left_out_but_not_filled(self) -> None:
        response = self.post("/schedules/nightly/pause/", {"until": "x"}, self.olga)
        self.assert_problem(response, 422, "unknown field")
