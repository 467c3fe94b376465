"""Several answers at once: each decided by itself, each with a result of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from approvals import comments, decisions, rendering, reservations, shown
from approvals.errors import (
    ApprovalError,
    ApprovalNotFound,
    EditMismatch,
    status_of,
)
from approvals.locking import Caller
from approvals.models import Approval
from approvals.schema_forms import Problem, messages
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue

MOST = 1_000
UNAVAILABLE = 503

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer, to the content that was shown."""

    approval_id: str
    data: JSONValue
    digest: str | None
    version: int | None
    edits: JSONObject | None = None
    comment: str = ""  # said beside an answer that has no field for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one answer: recorded, or the reason why not."""

    approval_id: str
    status: int  # as the answer alone would have got it over REST
    outcome: str = ""  # empty while other votes are awaited
    detail: str = ""
    error: Exception | None = None
    approval: Approval | None = None

    @property
    def is_to_be_repeated(self) -> bool:
        """Whether the database went away: nobody said yes or no to it."""
        return self.status == UNAVAILABLE


def decide_all(given: Iterable[Given], caller: Caller) -> Iterator[Taken]:
    """Decide them one by one, each in its own transaction; a bad one stops no other."""
    return _one_by_one(
        (each.approval_id, partial(_decided, each, caller)) for each in given
    )


def undo_all(approval_ids: Iterable[str], caller: Caller) -> Iterator[Taken]:
    """Take one's answers back, each by itself; one that went ahead stops no other."""
    return _one_by_one((each, partial(_undone, each, caller)) for each in approval_ids)


def _one_by_one(acts: Iterable[tuple[str, Callable[[], Taken]]]) -> Iterator[Taken]:
    """What became of each. Behind a lost database none is tried: each would wait."""
    lost: Exception | None = None
    for approval_id, act in acts:
        if lost is not None:
            yield _unavailable(approval_id, lost, _not_tried())
            continue
        try:
            yield act()
        except ApprovalError as error:
            yield _refused(approval_id, error, str(error))
        except (InterfaceError, OperationalError) as error:
            logger.exception("database lost", extra={"approval": approval_id})
            lost = error
            yield _unavailable(approval_id, lost, _not_known())


def _not_known() -> str:
    # The connection may have been lost during the commit.
    return _(
        "The database stopped answering. Whether this was recorded is not known; "
        "it counts once, however often it is sent."
    )


def _not_tried() -> str:
    return _("The database stopped answering before this; send it again.")


def _decided(given: Given, caller: Caller) -> Taken:
    if not given.approval_id.isprintable():
        raise ApprovalNotFound
    try:
        if given.comment:  # before anything is decided: nothing stays half done
            comments.said_in(given.comment, "reason")
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
    except SchemaMismatch as misfit:
        return _refused(given.approval_id, misfit, _faults(misfit, given))
    if given.comment:
        comments.comment(approval_id=approval.pk, caller=caller, text=given.comment)
    return Taken(
        approval_id=approval.pk,
        status=200,
        outcome=approval.outcome,
        approval=approval,
    )


def _undone(approval_id: str, caller: Caller) -> Taken:
    approval = reservations.undo(approval_id=approval_id, caller=caller)
    return Taken(approval_id=approval_id, status=200, approval=approval)


def _unavailable(approval_id: str, error: Exception, detail: str) -> Taken:
    return Taken(
        approval_id=approval_id, status=UNAVAILABLE, detail=detail, error=error
    )


def _refused(approval_id: str, error: Exception, detail: str) -> Taken:
    return Taken(
        approval_id=approval_id,
        status=status_of(error),
        detail=detail,
        error=error,
    )


def _faults(misfit: SchemaMismatch, given: Given) -> str:
    """What does not fit, field by field, as the form would say it."""
    asked = Approval.objects.select_related("suspension__run")
    suspension = asked.get(pk=given.approval_id).suspension
    value: JSONValue
    if isinstance(misfit, EditMismatch):
        faults, value = misfit.in_the_proposal, given.edits
        schema = shown.question_schema(suspension)
    else:
        faults, value = misfit.errors, given.data
        schema = suspension.answer_schema_value
    return " ".join(
        Problem(
            message=messages.in_words(fault),
            label=rendering.place_at(value, fault["loc"], schema),
        ).sentence
        for fault in faults
    )
