"""Approvals over REST: reading, rehearsing, answering."""

from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.urls import resolve

from approvals import decisions
from approvals.models import Approval, AuditRow, Decision
from tests.rest.scenes import RestCase, pointers
from workflows.models import Run
from workflows.testing import run_until_idle


class ReadTests(RestCase):
    def test_an_approval_has_all_that_a_client_needs_for_a_form(self) -> None:
        approval = self.ask()
        shown = self.get(f"/approvals/{approval.pk}/", self.alice).json()
        assert shown["payload"] == {"title": "Pay Rita?", "amount": "12.50"}
        assert shown["schema"]["required"] == ["approved"]
        assert shown["initial"] == {"comment": ""}
        assert shown["ui"]["verdict"]["field"] == "approved"
        assert (shown["version"], len(shown["digest"])) == (1, 64)
        may = shown["may"]
        assert (may["view"], may["decide"], may["reasons"]) == (True, True, [])
        assert may["acts"]["claim"] == {"allowed": True, "reasons": []}

    def test_each_link_leads_to_what_it_is_named_after(self) -> None:
        approval = self.ask()
        links = self.get(f"/approvals/{approval.pk}/", self.alice).json()["links"]
        run = self.get(f"/runs/{approval.run_id}/", self.rita).json()["links"]
        named = {name: resolve(address).view_name for name, address in links.items()}
        assert named == {
            **{name: f"approvals-rest:{name}" for name in links},
            "self": "approvals-rest:approval",
            "run": "rest:run",
            "page": "approvals:decision",
        }
        for name in ("events", "snapshots", "resume", "cancel", "restart"):
            assert resolve(run[name]).view_name == f"rest:run-{name}"
        assert resolve(run["time-travel"]).view_name == "rest:run-time-travel"

    def test_the_initiator_may_look_and_is_told_why_not_decide(self) -> None:
        approval = self.ask()
        may = self.get(f"/approvals/{approval.pk}/", self.rita).json()["may"]
        assert (may["view"], may["decide"]) == (True, False)
        assert may["reasons"]

    def test_hidden_unknown_and_malformed_ids_are_one_answer(self) -> None:
        approval = self.ask()
        details = {
            self.assert_problem(response, 404)["detail"]
            for response in (
                self.get(f"/approvals/{pk}/", self.carol)
                for pk in (approval.pk, "nope", "%00", "x" * 500, "%F0%9F%92%A9")
            )
        }
        assert len(details) == 1

    def test_mine_is_the_inbox_and_all_is_what_one_may_see(self) -> None:
        approval = self.ask()
        User.objects.filter(pk=self.rita.pk).update(last_name="Öberg")
        for query, user, expected in (
            ("?status=open&mine=true", self.alice, [approval.pk]),
            ("?status=open&mine=true", self.rita, []),
            ("?status=open", self.rita, [approval.pk]),
            ("?status=decided", self.alice, []),
            ("", self.carol, []),
            (f"?run={approval.run_id}", self.bob, [approval.pk]),
            ("?workflow=double", self.bob, []),
            ("?q=pay+rita", self.bob, [approval.pk]),
            ("?q=öberg+PAY", self.bob, [approval.pk]),
            ("?q=nobody", self.bob, []),
            ("?priority=normal&priority=high", self.bob, [approval.pk]),
            ("?overdue=true", self.bob, []),
        ):
            with self.subTest(query=query, user=user.username):
                page = self.get(f"/approvals/{query}", user).json()
                assert [row["id"] for row in page["results"]] == expected


class DecideTests(RestCase):
    def test_an_answer_is_recorded_and_the_run_goes_on(self) -> None:
        approval = self.ask()
        response = self.decide(approval, self.answer(approval), self.alice)
        assert response.status_code == 200
        assert response.json()["status"] == "decided"
        run_until_idle()
        run = self.get(f"/runs/{approval.run_id}/", self.rita).json()
        assert run["result"] == {"paid": True, "comment": "fine"}
        decision = Decision.objects.get()
        assert (decision.decided_by, decision.channel) == (self.alice, "rest")
        assert AuditRow.objects.get().channel == "rest"

    def test_the_second_answer_is_told_who_won(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        self.decide(approval, answer, self.alice)
        problem = self.assert_problem(self.decide(approval, answer, self.bob), 409)
        assert (problem["winner"], problem["outcome"]) == ("alice", "approved")
        assert Decision.objects.get().decided_by == self.alice

    def test_an_answer_without_digest_could_be_about_anything(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        del answer["digest"]
        self.assert_problem(self.decide(approval, answer, self.alice), 428)

    def test_a_digest_or_version_of_other_content_is_stale(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        for change in ({"digest": "0" * 64}, {"version": 2}):
            response = self.decide(approval, {**answer, **change}, self.alice)
            self.assert_problem(response, 409, "since it was shown")

    def test_unfit_answers_change_nothing_and_name_the_field(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        for data, pointer in (
            ({"approved": "yes"}, "/data/approved"),
            ({"approved": 1}, "/data/approved"),
            ({"approved": "false"}, "/data/approved"),
            ({"approved": None}, "/data/approved"),
            ({}, "/data/approved"),
            ({"approved": True, "amount": "1"}, "/data/amount"),
            ({"approved": True, "comment": "x" * 300_00}, "/data/comment"),
            (None, "/data"),
            ([], "/data"),
        ):
            with self.subTest(data=str(data)[:40]):
                response = self.decide(approval, {**answer, "data": data}, self.alice)
                problem = self.assert_problem(response, 422)
                assert pointer in pointers(problem)
        assert not Decision.objects.exists()
        assert not AuditRow.objects.exists()

    def test_who_may_not_decide_is_told_why(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        problem = self.assert_problem(self.decide(approval, answer, self.rita), 403)
        assert problem["reasons"]
        self.assert_problem(self.decide(approval, answer, self.adam), 403)
        self.assert_problem(self.decide(approval, answer, self.carol), 404)
        self.assert_problem(self.decide(approval, answer, None), 401)

    def test_who_left_the_group_can_no_longer_answer(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        self.alice.groups.remove(Group.objects.get())
        self.assert_problem(self.decide(approval, answer, self.alice), 404)

    def test_an_approval_of_a_canceled_run_is_over(self) -> None:
        approval = self.ask()
        answer = self.answer(approval)
        self.post(f"/runs/{approval.run_id}/cancel/", {}, self.rita)
        self.assert_problem(self.decide(approval, answer, self.alice), 409)

    def test_markup_in_a_comment_stays_text(self) -> None:
        approval = self.ask()
        comment = '<script>alert(1)</script>"><img onerror=x>{{7*7}} javascript:x'
        answer = self.answer(approval)
        answer["data"]["comment"] = comment
        self.decide(approval, answer, self.alice)
        run_until_idle()
        result = Run.objects.get().result_value
        assert result == {"paid": True, "comment": comment}

    def decide(
        self, approval: Approval, body: dict[str, Any], user: User | None
    ) -> Any:
        return self.post(f"/approvals/{approval.pk}/decide/", body, user)


class ValidateTests(RestCase):
    def test_a_rehearsal_answers_like_the_answer_and_writes_nothing(self) -> None:
        approval = self.ask()
        path = f"/approvals/{approval.pk}/validate/"
        response = self.post(path, {"data": {"approved": True}}, self.alice)
        assert response.json() == {
            "valid": True,
            "data": {"approved": True, "comment": ""},
        }
        response = self.post(path, {"data": {"approved": "yes"}}, self.alice)
        problem = self.assert_problem(response, 422)
        assert pointers(problem) == ["/data/approved"]
        self.assert_problem(self.post(path, {"data": {}}, self.carol), 404)
        assert not Decision.objects.exists()


class BulkTests(RestCase):
    def test_a_thousand_and_one_answers_at_once_are_too_many(self) -> None:
        approval = self.ask()
        item = {"id": approval.pk, "digest": approval.digest, "version": 1}
        body = {"items": [item] * 1_001, "data": {"approved": True}}
        response = self.post("/approvals/bulk-decide/", body, self.alice)
        self.assert_problem(response, 413, "At most 1000")
        assert not Decision.objects.exists()

    def test_what_does_not_fit_is_said_by_the_names_of_its_fields(self) -> None:
        approval = self.ask()
        item = {"id": approval.pk, "digest": approval.digest, "version": 1}
        data = {"approved": True, "comment": 7, "unheard_of": 1}
        body = {"items": [item], "data": data}
        [result] = self.post("/approvals/bulk-decide/", body, self.alice).json()[
            "results"
        ]
        assert result["status"] == 422
        assert result["detail"] == ("Comment: Enter a text. Unheard of: Unknown field.")

    def test_what_is_recorded_stays_said_when_the_database_goes_on_the_way(
        self,
    ) -> None:
        asked = [self.ask() for _ in range(3)]
        items = [{"id": a.pk, "digest": a.digest, "version": 1} for a in asked]
        body = {"items": items, "data": {"approved": True}}
        gone = OperationalError("the connection is closed")
        first = decisions.decide

        def decide(**given: Any) -> Approval:
            if given["approval_id"] != asked[0].pk:
                raise gone
            return first(**given)

        with patch.object(decisions, "decide", decide):
            said = self.post("/approvals/bulk-decide/", body, self.alice).json()
        assert (said["recorded"], said["refused"], said["unavailable"]) == (1, 0, 2)
        assert [each["status"] for each in said["results"]] == [200, 503, 503]
        assert "not known" in said["results"][1]["detail"]
        assert "send it again" in said["results"][2]["detail"]
        said = self.post("/approvals/bulk-decide/", body, self.alice).json()
        assert [each["status"] for each in said["results"]] == [409, 200, 200]
        assert Decision.objects.count() == 3
