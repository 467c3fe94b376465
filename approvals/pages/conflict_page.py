"""The page for an answer that came too late or to the wrong person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from approvals.errors import (
    AlreadyClaimed,
    AlreadyDecided,
    AlreadyVoted,
    ApprovalError,
    CannotGoOn,
    Expired,
    NothingToUndo,
    NotYourDecision,
    RunMovedOn,
    SentBack,
    StalePage,
    TooLateToUndo,
)
from approvals.models import Approval
from approvals.pages import standing, wording
from approvals.rendering import raw_json
from approvals.schema_forms import SchemaForm
from approvals.schema_forms.values import is_empty
from approvals.schema_forms.wording import value_label
from approvals.uploads import described, is_reference
from workflows.json_gate import JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The text of one field, to be copied."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """Why the answer was not taken, and what the person had typed."""

    icon: str
    heading: str
    lines: tuple[str, ...]
    at: datetime | None
    typed: tuple[Typed, ...]
    action: str
    loss: str  # what it means for what was sent; who takes one back has lost nothing
    is_kept: bool  # what was typed stands in the form when that is open again
    may_take_over: bool


def build(
    error: ApprovalError,
    approval: Approval,
    *,
    reader_id: int,
    form: SchemaForm | None = None,
    edits: SchemaForm | None = None,
    texts: Iterable[str] = (),
    fieldless: Iterable[Typed] = (),
    files: Iterable[str] = (),
    is_answer: bool = True,
    is_kept: bool = False,
) -> ConflictPage:
    """Say it in words; nothing here reads or changes anything."""
    icon, heading, lines = _said(error, approval, reader_id)
    return ConflictPage(
        icon=icon,
        heading=heading,
        lines=lines,
        at=_at(error, approval),
        typed=(
            *typed_texts(form, edits),
            *fieldless,
            *(Typed(label=_("Your text"), text=text) for text in texts if text),
            *_files([*files]),
        ),
        action=_("See what was decided")
        if approval.status in standing.ANSWERED
        else _("Read the request"),
        loss=_loss(error, reader_id, is_answer=is_answer),
        is_kept=is_kept,
        may_take_over=isinstance(error, AlreadyClaimed),
    )


def _at(error: ApprovalError, approval: Approval) -> datetime | None:
    if isinstance(error, AlreadyDecided | Expired | AlreadyClaimed | SentBack):
        return error.at
    return approval.closed_at if isinstance(error, RunMovedOn) else None


def _loss(error: ApprovalError, reader_id: int, *, is_answer: bool) -> str:
    match error:
        case TooLateToUndo():
            return ""
        case AlreadyDecided() if is_answer and error.winner_id == reader_id:
            return _("It is recorded once; sending it again changed nothing.")
    if is_answer:
        return _("Your answer was not recorded, and nothing was changed by it.")
    return _("Nothing was changed.")


def typed_texts(form: SchemaForm | None, edits: SchemaForm | None) -> tuple[Typed, ...]:
    """What somebody would miss of an answer and of their edits, to be copied."""
    return tuple(
        Typed(label=label, text=_text(value))
        for part in (edits, form)
        for label, value in (part.changed() if part else ())
    )


def _files(names: list[str]) -> tuple[Typed, ...]:
    """Those that were not stored, in one box: their fields are not known any more."""
    if not names:
        return ()
    label = _("File") if len(names) == 1 else _("Files")
    return (Typed(label=label, text="\n".join(names)),)


def _text(value: JSONValue) -> str:
    """A value as somebody would type it, or say it, again."""
    if is_empty(value):
        return _("(emptied)")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return value_label(value)
    given = value if isinstance(value, list) else [value]
    files = [
        described(each)
        for each in given
        if isinstance(each, dict) and is_reference(each)
    ]
    return "\n".join(files) if len(files) == len(given) else raw_json(value)


def _said(
    error: ApprovalError, approval: Approval, reader_id: int
) -> tuple[str, str, tuple[str, ...]]:
    match error:
        case NotYourDecision():
            return "lock", _("You may not decide this"), error.reasons
        case AlreadyVoted():
            heading = _("You have already voted")
            return "vote", heading, (_("Your first vote counts."),)
        case AlreadyDecided() if error.winner_id == reader_id:
            heading = _("You have already answered this")
            words = wording.answered_by_reader(error.outcome)
            return "users", heading, (words,)
        case AlreadyDecided():
            heading = _("%(name)s was faster") % {"name": error.winner}
            words = wording.answered_by(error.winner, error.outcome)
            return "users", heading, (words,)
        case NothingToUndo():
            return "undo-2", _("Nothing to take back"), (str(error),)
        case TooLateToUndo():
            return "undo-2", _("Too late to take it back"), (str(error),)
        case AlreadyClaimed():
            heading = _("%(name)s has claimed this") % {"name": error.winner}
            return "user-round", heading, (_("You can take it over to decide it."),)
        case SentBack():
            waits = _("It waits for who started it.")
            return "undo-2", _("Changes were asked for"), (waits,)
        case CannotGoOn():
            waits = _("The request still waits; it is for an operator now.")
            lines = (standing.changed_words(), waits)
            return "triangle-alert", _("This needs attention"), lines
        case StalePage():
            heading = _("This changed since you looked at it")
            return "refresh-cw", heading, (str(error),)
        case Expired():
            return "timer-off", _("The time to answer is over"), (str(error),)
        case _:
            heading = _("This no longer waits for an answer")
            by = wording.withdrawn_by(approval)
            return "undo-2", heading, (by or str(error),)
