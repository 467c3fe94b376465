"""Several answers at once: each decided by itself, each with a result of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from approvals import decisions, reservations
from approvals.errors import ApprovalError, ApprovalNotFound, status_of
from approvals.locking import Caller
from approvals.models import Approval
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue

MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer, to the content that was shown."""

    approval_id: str
    data: JSONValue
    digest: str | None
    version: int | None
    edits: JSONObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one answer: recorded, or the reason why not."""

    approval_id: str
    status: int  # as the answer alone would have got it over REST
    outcome: str = ""  # empty while other votes are awaited
    detail: str = ""
    error: Exception | None = None
    approval: Approval | None = None


def decide_all(given: Iterable[Given], caller: Caller) -> Iterator[Taken]:
    """Decide them one by one, each in its own transaction; a bad one stops no other."""
    for each in given:
        try:
            yield _decided(each, caller)
        except SchemaMismatch as misfit:
            yield _refused(each.approval_id, misfit, _faults(misfit))
        except ApprovalError as error:
            yield _refused(each.approval_id, error, str(error))


def undo_all(approval_ids: Iterable[str], caller: Caller) -> Iterator[Taken]:
    """Take one's answers back, each by itself; one that went ahead stops no other."""
    for each in approval_ids:
        try:
            approval = reservations.undo(approval_id=each, caller=caller)
            yield Taken(approval_id=each, status=200, approval=approval)
        except ApprovalError as error:
            yield _refused(each, error, str(error))


def _decided(given: Given, caller: Caller) -> Taken:
    if not given.approval_id.isprintable():
        raise ApprovalNotFound
    approval = decisions.decide(
        approval_id=given.approval_id,
        decided_by=caller.user,
        data=given.data,
        digest=given.digest,
        version=given.version,
        edits=given.edits,
        channel=caller.channel,
        now=caller.now,
        token_id=caller.token_id,
        address=caller.address,
    )
    return Taken(
        approval_id=approval.pk,
        status=200,
        outcome=approval.outcome,
        approval=approval,
    )


def _refused(approval_id: str, error: Exception, detail: str) -> Taken:
    return Taken(
        approval_id=approval_id,
        status=status_of(error),
        detail=detail,
        error=error,
    )


def _faults(misfit: SchemaMismatch) -> str:
    """What does not fit, field by field."""
    return " ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'data'}: {fault['msg']}"
        for fault in misfit.errors
    )
