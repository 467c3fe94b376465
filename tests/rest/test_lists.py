"""Lists: pages, orderings, filters, and what is refused as one."""

import base64
import json
from datetime import timedelta
from urllib.parse import quote, urlsplit

from django.utils import timezone

from approvals.inbox import waiting_for
from approvals.models import Approval
from approvals.rest.views import ORDERINGS
from approvals.statuses import PRIORITY_RANK
from tests.rest.scenes import RestCase
from workflows.models import Run


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


class RunListTests(RestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ids = [self.start("double", number) for number in range(5)]
        # Equal times: the id must break the tie.
        Run.objects.update(created_at=timezone.now())

    def pages(self, path: str) -> list[list[str]]:
        pages = []
        while path:
            page = self.get(path, self.rita).json()
            pages.append([run["run_id"] for run in page["results"]])
            url = urlsplit(page["next"] or "")
            path = f"{url.path.removeprefix('/api/v1')}?{url.query}" if url.path else ""
        return pages

    def test_pages_hold_every_run_once_in_either_direction(self) -> None:
        for ordering in ("created_at", "-created_at", "updated_at", "-updated_at"):
            with self.subTest(ordering=ordering):
                pages = self.pages(f"/runs/?limit=2&ordering={ordering}")
                assert [len(page) for page in pages] == [2, 2, 1]
                ids = [run_id for page in pages for run_id in page]
                field = ordering.lstrip("-")
                sign = "-" if ordering.startswith("-") else ""
                wanted = Run.objects.order_by(f"{sign}{field}", f"{sign}pk")
                assert ids == [run.pk for run in wanted]

    def test_a_run_added_meanwhile_moves_no_row_to_another_page(self) -> None:
        first = self.get("/runs/?limit=3", self.rita).json()
        self.start("double", 9)
        path = f"/runs/?limit=3&cursor={first['next_cursor']}"
        second = self.get(path, self.rita).json()
        seen = [run["run_id"] for page in (first, second) for run in page["results"]]
        assert sorted(seen) == sorted(self.ids)

    def test_filters_narrow_the_list(self) -> None:
        run_id = self.start()
        Run.objects.filter(pk=run_id).update(resource_id="claim-7", attention="why")
        for query, count in (
            ("workflow=claims", 1),
            ("workflow=nope", 0),
            ("status=success", 5),
            ("status=success&status=suspended", 6),
            ("resource_id=claim-7", 1),
            ("attention=true", 1),
            ("attention=false", 5),
            (f"q={run_id[-6:].upper()}", 1),
            ("q=CLAIM-7", 1),
            ("q=%25", 0),
        ):
            with self.subTest(query=query):
                results = self.get(f"/runs/?{query}", self.olga).json()["results"]
                assert len(results) == count

    def test_a_list_holds_only_what_one_may_see(self) -> None:
        self.start("double", 1, self.olga)
        for user, count in ((self.olga, 6), (self.rita, 5), (self.carol, 0)):
            results = self.get("/runs/", user).json()["results"]
            assert len(results) == count

    def test_a_page_costs_the_same_for_one_run_and_for_many(self) -> None:
        with self.assertNumQueries(5):  # session, user, rights, substitutes, page
            self.get("/runs/?limit=1", self.rita)
        with self.assertNumQueries(5):
            self.get("/runs/", self.rita)

    def test_bad_parameters_are_refused_and_told_what_is_allowed(self) -> None:
        moment = timezone.now().isoformat()
        for query, words in (
            ("limit=-1", "limit"),
            ("limit=0", "limit"),
            ("limit=1000000000", "200"),
            ("limit=ten", "limit"),
            ("ordering=password", "created_at"),
            ("ordering=initiator__password", "created_at"),
            ("status=gone", "suspended"),
            ("filter[__class__]=x", "allowed: limit, cursor, workflow"),
            ("initiator__password=x", "allowed"),
            ("format=json", "allowed"),
            ("workflow=a&workflow=b", "once"),
            ("q=%00", "NUL"),
            ("q=" + "x" * 201, "q"),
            ("attention=perhaps", "attention"),
            ("cursor=nonsense", "cursor"),
            ("cursor=%F0%9F%92%A9", "cursor"),
            ("cursor=" + "A" * 601, "cursor"),
            (f"cursor={cursor_of('created_at', moment, 'x')}", "another order"),
            (f"cursor={cursor_of('-created_at', 'x', 'x')}", "cursor"),
            (f"cursor={cursor_of('-created_at', moment, 7)}", "cursor"),
            (f"cursor={cursor_of('-created_at', moment)}", "cursor"),
            (f"cursor={cursor_of('-created_at', '2026-01-01', 'x')}", "cursor"),
            (f"cursor={cursor_of('-created_at', '0001-01-01T00:00Z', 'x')}", "cursor"),
            (f"cursor={cursor_of('-created_at', moment, chr(0))}", "cursor"),
            (f"cursor={quote(base64.b64encode(b'[' * 900).decode())}", "cursor"),
        ):
            with self.subTest(query=query[:60]):
                self.assert_problem(self.get(f"/runs/?{query}", self.rita), 400, words)

    def test_addresses_without_parameters_take_none(self) -> None:
        for path in (f"/runs/{self.ids[0]}/", "/workflows/", "/workflows/double/"):
            self.assert_problem(self.get(f"{path}?x=1", self.rita), 400, "allowed")


class ApprovalListTests(RestCase):
    def test_the_default_order_is_the_inbox_whatever_is_due(self) -> None:
        now = timezone.now()
        late, soon, never = now - timedelta(days=1), now + timedelta(hours=1), None
        for number in range(8):
            approval = self.ask()
            approval.due_at = (late, soon, never, never)[number % 4]
            approval.priority = ("low", "urgent")[number % 2]
            approval.priority_rank = PRIORITY_RANK[approval.priority]
            approval.save()
        wanted = list(waiting_for(self.alice).values_list("pk", flat=True))
        assert self.walk("mine=true") == wanted

    def test_each_ordering_walks_through_all(self) -> None:
        for number in range(5):
            approval = self.ask()
            if number % 2:
                self.post(f"/runs/{approval.run_id}/cancel/", {}, self.rita)
        everything = sorted(Approval.objects.values_list("pk", flat=True))
        for ordering in ORDERINGS:
            with self.subTest(ordering=ordering):
                ids = self.walk(f"ordering={ordering}")
                assert sorted(ids) == everything

    def walk(self, query: str) -> list[str]:
        """The ids of all pages, one by one."""
        ids: list[str] = []
        cursor = ""
        for _ in range(20):
            path = f"/approvals/?limit=2&{query}{cursor}"
            page = self.get(path, self.alice).json()
            ids += [row["id"] for row in page["results"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        return ids

    def test_a_page_costs_the_same_for_one_row_and_for_many(self) -> None:
        self.ask()
        self.client_of(self.alice)
        with self.assertNumQueries(5):  # session, user, rights, substitutes, page
            self.get("/approvals/", self.alice)
        self.ask()
        with self.assertNumQueries(5):
            self.get("/approvals/", self.alice)


class WorkflowListTests(RestCase):
    def test_all_workflows_are_listed_for_everybody_signed_in(self) -> None:
        listed = self.get("/workflows/", self.carol).json()
        assert [one["id"] for one in listed] == [
            "claims",
            "double",
            "failing",
            "nightly",
            "long-sleep",
        ]

    def test_one_workflow_shows_graph_and_schemas(self) -> None:
        shown = self.get("/workflows/claims/?version=1", self.carol).json()
        assert shown["graph"]["entries"][0]["id"] == "ask-manager"
        assert shown["input_schema"]["required"] == ["employee", "amount"]
        step = shown["steps"]["ask-manager"]
        assert "approved" in step["resume_schema"]["properties"]
        assert "title" in step["suspend_schema"]["properties"]

    def test_unknown_ids_and_versions_are_not_found(self) -> None:
        for path in ("/workflows/nope/", "/workflows/claims/?version=2"):
            self.assert_problem(self.get(path, self.carol), 404)
