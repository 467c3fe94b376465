"""What is done with an approval besides answering it, over REST."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.utils import timezone

from approvals import permits
from approvals.models import Approval, ApprovalComment, AuditRow, Snooze
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice
from tests.rest.scenes import RestCase, pointers

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Reply

# Where the address of an act is called otherwise than its permit.
ELSEWHERE = {"take_over": "claim", "hand_over": "assign", "comment": "comments"}
DAY = timedelta(days=1)


def in_days(days: float) -> str:
    return (timezone.now() + days * DAY).isoformat()


class EveryActTests(RestCase):
    def test_what_eligibility_names_can_be_done(self) -> None:
        approval = self.ask()
        shown = self.get(f"/approvals/{approval.pk}/eligibility/", self.alice).json()
        assert set(shown["acts"]) == set(permits.ACTS)
        addresses = {ELSEWHERE.get(act, act).replace("_", "-") for act in permits.ACTS}
        links = self.get(f"/approvals/{approval.pk}/", self.alice).json()["links"]
        assert addresses <= set(links)
        for address in addresses:
            response = self.call("OPTIONS", links[address], user=self.alice)
            assert "POST" in response["Allow"], address


class CommentTests(RestCase):
    def test_what_is_said_stands_in_the_approval_that_is_shown_then(self) -> None:
        approval = self.ask()
        address = f"/approvals/{approval.pk}/comments/"
        said = self.post(address, {"text": "Which invoice?"}, self.bob)
        assert said.status_code == 200
        assert said.json()["id"] == approval.pk
        last = said.json()["history"][-1]
        assert (last["kind"], last["who"]) == ("comment", "bob")
        assert last["comment"] == "Which invoice?"


class AskTests(RestCase):
    def test_a_colleague_is_asked_and_told(self) -> None:
        approval = self.ask()
        asked = self.question(approval)
        assert asked.status_code == 200
        assert asked.json()["id"] == approval.pk
        assert asked.json()["history"][-1]["comment"] == "Which invoice?"
        listed = self.get(f"/approvals/{approval.pk}/comments/", self.bob).json()
        (said,) = listed["results"]
        assert (said["kind"], said["author"]) == ("colleague-asked", "alice")
        assert (said["addressee"], said["text"]) == ("bob", "Which invoice?")
        notice = Notice.objects.get(kind=Kind.QUESTION)
        assert (notice.actor, notice.recipient) == (self.alice, self.bob)
        row = AuditRow.objects.get()
        assert (row.action, row.channel) == ("colleague-asked", "rest")

    def test_a_stranger_is_no_colleague_and_words_are_needed(self) -> None:
        approval = self.ask()
        refused = []
        for change, pointer in (
            ({"username": "carol"}, "/username"),
            ({"username": "nobody"}, "/username"),
            ({"username": "alice"}, "/username"),
            ({"text": " "}, "/text"),
            ({"text": 1}, "/text"),
            ({"groups": ["managers"]}, "/groups"),
        ):
            with self.subTest(**change):
                response = self.question(approval, **change)
                problem = self.assert_problem(response, 422)
                assert pointers(problem) == [pointer]
                refused.append(problem["errors"][0]["detail"])
        assert refused[0].replace("carol", "nobody") == refused[1]
        assert not ApprovalComment.objects.exists()

    def test_only_who_may_decide_asks(self) -> None:
        approval = self.ask()
        problem = self.assert_problem(self.question(approval, user=self.rita), 403)
        assert problem["reasons"]

    def test_a_repeat_asks_once(self) -> None:
        approval = self.ask()
        key = {"Idempotency-Key": "once"}
        said = [self.question(approval, headers=key).json() for _ in range(2)]
        assert said[0] == said[1]
        assert ApprovalComment.objects.count() == 1

    def question(
        self,
        approval: Approval,
        user: User | None = None,
        headers: dict[str, str] | None = None,
        **changes: Any,
    ) -> "Reply":
        body = {"username": "bob", "text": "Which invoice?", **changes}
        path = f"/approvals/{approval.pk}/ask/"
        return self.post(path, body, user or self.alice, headers=headers)


class SnoozeTests(RestCase):
    def test_it_leaves_ones_own_inbox_until_it_is_woken(self) -> None:
        approval = self.ask()
        until = in_days(1)
        path = f"/approvals/{approval.pk}"
        done = self.post(f"{path}/snooze/", {"until": until}, self.alice)
        assert done.status_code == 200
        kept = datetime.fromisoformat(done.json()["snoozed_until"])
        assert abs(kept - datetime.fromisoformat(until)) < timedelta(seconds=1)
        assert self.listed("mine=true", self.alice) == []
        assert self.listed("snoozed=true", self.alice) == [approval.pk]
        assert self.listed("needs_assignment=true", self.alice) == []
        assert self.listed("needs_assignment=false", self.alice) == [approval.pk]
        assert self.listed("mine=true", self.bob) == [approval.pk]
        assert self.listed("snoozed=true", self.bob) == []
        assert self.get(f"{path}/", self.bob).json()["snoozed_until"] is None
        woken = self.post(f"{path}/wake/", None, self.alice)
        assert (woken.status_code, woken.json()["snoozed_until"]) == (200, None)
        assert self.listed("mine=true", self.alice) == [approval.pk]
        assert not AuditRow.objects.exists()

    def test_a_moment_must_be_one_to_come_with_its_offset(self) -> None:
        approval = self.ask()
        path = f"/approvals/{approval.pk}/snooze/"
        for until in (in_days(-1), in_days(400), "tomorrow", "2026-12-01T09:00", 7):
            with self.subTest(until=until):
                response = self.post(path, {"until": until}, self.alice)
                assert pointers(self.assert_problem(response, 422)) == ["/until"]
        assert not Snooze.objects.exists()

    def test_only_what_waits_for_one_is_put_aside(self) -> None:
        approval = self.ask()
        path = f"/approvals/{approval.pk}/snooze/"
        response = self.post(path, {"until": in_days(1)}, self.rita)
        assert self.assert_problem(response, 403)["reasons"]

    def listed(self, query: str, user: User) -> list[str]:
        page = self.get(f"/approvals/?{query}", user).json()
        return [shown["id"] for shown in page["results"]]
