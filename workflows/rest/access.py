"""Who may see and do what with runs. May not see is 404, may see but not do is 403.

Other apps let more people see a run, keep answers for people to people, and note who
acts, by a `Guard`; the engine's API never learns what an approval is.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from workflows.errors import RunNotFound
from workflows.models import Run
from workflows.rest.problems import security_logger

if TYPE_CHECKING:
    from django.contrib.auth.models import User

START_RUN = "workflows.start_run"
VIEW_RUN = "workflows.view_run"
OPERATE_RUN = "workflows.operate_run"
RESUME_RUN = "workflows.resume_run"

RUN_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def caller(request: Request) -> "User":
    """Who asks; every endpoint of ours lets only signed-in people through."""
    return cast("User", request.user)


class Guard(Protocol):
    """What another app says about runs: who else sees them, who must answer them."""

    def may_see(self, user: "User") -> Q:
        """The runs this person may see for a reason the engine doesn't know."""

    def answered_elsewhere(self, suspension_ids: Collection[str]) -> dict[str, str]:
        """The address where a person answers, for each suspension that has one."""

    def links(self, run_id: str) -> dict[str, str]:
        """Addresses that belong beside a run."""

    def acting(self, request: Request) -> AbstractContextManager[None]:
        """Remember, inside, on whose word the engine works."""


guards: list[Guard] = []


def register(guard: Guard) -> None:
    """Add a guard for the life of the process (call it in `AppConfig.ready`)."""
    guards.append(guard)


def sees_all(user: "User") -> bool:
    """Whether this person may see every run."""
    return user.has_perm(VIEW_RUN) or user.has_perm(OPERATE_RUN)


def visible_runs(user: "User") -> QuerySet[Run]:
    """The runs this person may see: all, their own, and those a guard shows them."""
    if sees_all(user):
        return Run.objects.all()
    may_see = Q(initiator=user.pk)
    for guard in guards:
        may_see |= guard.may_see(user)
    return Run.objects.filter(may_see)


def visible_run(user: "User", run_id: str) -> Run:
    """One run, or `RunNotFound`: also for who may not know that it exists."""
    run = None
    if RUN_ID.fullmatch(run_id):
        run = visible_runs(user).filter(pk=run_id).first()
    if run is None:
        raise RunNotFound("There is no such run.")
    return run


def require(user: "User", permission: str, to: str) -> None:
    """Refuse who lacks a permission, naming it."""
    if not user.has_perm(permission):
        raise PermissionDenied(f"You need the permission {permission} to {to}.")


def require_view_all(user: "User", to: str) -> None:
    """Refuse who may not see every run."""
    if not sees_all(user):
        require(user, VIEW_RUN, to)


def require_cancel(user: "User", run: Run) -> None:
    """Operators cancel any run, initiators their own."""
    if run.initiator_id != user.pk:
        require(user, OPERATE_RUN, "cancel a run that you did not start")


def require_resume(user: "User", suspension_ids: Collection[str]) -> None:
    """Refuse a person who should answer elsewhere, and say where.

    Who has the permission may go past an approval; that is security-relevant.
    """
    elsewhere: dict[str, str] = {}
    for guard in guards:
        elsewhere |= guard.answered_elsewhere(suspension_ids)
    if not user.has_perm(RESUME_RUN):
        if elsewhere:
            addresses = ", ".join(sorted(elsewhere.values()))
            raise PermissionDenied(f"A person must answer this: POST to {addresses}")
        require(user, RESUME_RUN, "resume a run")
    elif elsewhere:
        facts = {"user_id": user.pk, "suspension_ids": " ".join(sorted(elsewhere))}
        security_logger.warning("resumed past an approval", extra=facts)


def guard_links(run_id: str) -> dict[str, str]:
    """What other apps add to the links of a run."""
    links: dict[str, str] = {}
    for guard in guards:
        links |= guard.links(run_id)
    return links


@contextmanager
def acting(request: Request) -> Iterator[None]:
    """Let every guard remember who asks for what the engine does inside."""
    with ExitStack() as stack:
        for guard in guards:
            stack.enter_context(guard.acting(request))
        yield
