"""The cast and the workflows of the REST tests.

Alice may decide (she is a manager), Bob is her colleague, Carol must be kept out. Rita
asks for money, Olga operates, Adam is the administrator, Dan's account is disabled.
"""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import Group, Permission, User
from django.test import Client, TestCase
from pydantic import BaseModel, Field

from approvals import approval_policy
from approvals.models import Approval
from workflows import StepContext, Suspended, Workflow, step
from workflows.testing import isolated_registry, run_until_idle

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Reply

API = "/api/v1"
BACKEND = "config.backends.StoredPermissions"
CLAIM = {"employee": "Rita", "amount": "12.50"}


class Claim(BaseModel):
    employee: str = Field(max_length=100)
    amount: Decimal = Field(max_digits=12, decimal_places=2)


class Question(BaseModel):
    title: str
    amount: Decimal


class Verdict(BaseModel):
    approved: bool
    comment: str = Field("", max_length=500)


class Outcome(BaseModel):
    paid: bool
    comment: str


@approval_policy(groups=["managers"])
@step(suspend_schema=Question, resume_schema=Verdict)
def ask_manager(claim: Claim, ctx: StepContext[Claim, Verdict]) -> Outcome | Suspended:
    if ctx.resume_data is None:
        title = f"Pay {claim.employee}?"
        return ctx.suspend(Question(title=title, amount=claim.amount))
    return Outcome(paid=ctx.resume_data.approved, comment=ctx.resume_data.comment)


@step
def double(number: int) -> int:
    return 2 * number


@step
def fail(number: int) -> int:
    raise ValueError(f"{number} is no good")


def define_workflows() -> None:
    """What the installed code knows in these tests."""
    Workflow("claims", input_schema=Claim, description="Pay a claim").then(
        ask_manager
    ).commit()
    Workflow("double", input_schema=int).then(double).commit()
    Workflow("failing", input_schema=int).then(fail).commit()
    nightly: Any = {"cron": "0 3 * * *", "input_data": 7}
    Workflow("nightly", input_schema=int, schedule=nightly).then(double).commit()
    Workflow("long-sleep", input_schema=int).sleep(3600).then(double).commit()


class RestCase(TestCase):
    """Everybody signed in; requests as JSON, answers checked for the house's rules."""

    alice: ClassVar[User]
    bob: ClassVar[User]
    carol: ClassVar[User]
    rita: ClassVar[User]
    olga: ClassVar[User]
    adam: ClassVar[User]
    dan: ClassVar[User]

    @classmethod
    def setUpTestData(cls) -> None:
        managers = Group.objects.create(name="managers")
        for name in ("alice", "bob", "carol", "rita", "olga", "dan"):
            setattr(cls, name, User.objects.create_user(name, password="secret-word-1"))
        cls.adam = User.objects.create_superuser("adam", password="secret-word-1")
        cls.alice.groups.add(managers)
        cls.bob.groups.add(managers)
        grant(cls.rita, "start_run")
        grant(cls.olga, "start_run", "view_run", "operate_run")
        User.objects.filter(pk=cls.dan.pk).update(is_active=False)

    def setUp(self) -> None:
        self.clients: dict[int | None, Client] = {}
        self.enterContext(isolated_registry())
        define_workflows()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: User | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> "Reply":
        client = self.client_of(user)
        data = raw if raw is not None else b"" if body is None else dumped(body)
        response = client.generic(
            method, path, data, content_type=content_type, headers=headers
        )
        assert response.status_code < 500, response.content
        return response

    def client_of(self, user: User | None) -> Client:
        """A browser of this person's, signed in once in a test."""
        key = user.pk if user else None
        if key not in self.clients:
            self.clients[key] = Client()
            if user is not None:
                self.clients[key].force_login(user, BACKEND)
        return self.clients[key]

    def get(self, path: str, user: User | None, **options: Any) -> "Reply":
        return self.call("GET", f"{API}{path}", user=user, **options)

    def post(
        self, path: str, body: Any = None, user: User | None = None, **options: Any
    ) -> "Reply":
        return self.call("POST", f"{API}{path}", body, user=user, **options)

    def start(
        self,
        workflow: str = "claims",
        input_data: Any = CLAIM,
        user: User | None = None,
    ) -> str:
        """A run as far as it goes without an answer."""
        path = f"/workflows/{workflow}/runs/"
        response = self.post(path, {"input_data": input_data}, user or self.rita)
        assert response.status_code == 201, response.content
        run_until_idle()
        run_id: str = response.json()["run_id"]
        return run_id

    def ask(self) -> Approval:
        """A claim of Rita's that waits for a manager."""
        run_id = self.start()
        return Approval.objects.get(run=run_id)

    def answer(self, approval: Approval, approved: bool = True) -> dict[str, Any]:
        """What a client that read the approval sends back."""
        shown = self.get(f"/approvals/{approval.pk}/", self.alice).json()
        data = {"approved": approved, "comment": "fine"}
        return {"data": data, "digest": shown["digest"], "version": shown["version"]}

    def assert_problem(
        self, response: "Reply", status: int, words: str = ""
    ) -> dict[str, Any]:
        """The answer is this problem, in the form that every problem has."""
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(response.content)
        assert problem["status"] == status
        assert {"type", "title", "detail", "errors", "request_id"} <= set(problem)
        assert words in json.dumps(problem, ensure_ascii=False), problem
        return problem


def grant(user: User, *codenames: str) -> None:
    found = Permission.objects.filter(
        content_type__app_label="workflows", codename__in=codenames
    )
    assert len(found) == len(codenames)
    user.user_permissions.add(*found)


def dumped(body: Any) -> bytes:
    return json.dumps(body).encode()


def pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]
