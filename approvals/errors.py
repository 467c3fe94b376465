"""Why an answer was not taken. Nothing was changed when one of these is raised.

ApprovalError
├── ApprovalNotFound        there is none, or this person may not see it
├── NotAllowed              may see it, may not do this with it; ``reasons`` says why
│   └── NotYourDecision     may not decide it
├── DigestMissing           the answer does not say which content it is about
└── ApprovalConflict        too late, or about something that is not there any more
    ├── AlreadyDecided      somebody's answer came first; names who, when and what
    │   ├── Reserved        ... and may still be taken back by who gave it
    │   └── AlreadyVoted    this person's own earlier vote stands
    ├── AlreadyClaimed      a colleague works on it; names who and since when
    ├── SentBack            it lies with its initiator, who was asked for changes
    ├── TooLateToUndo       the answer went ahead
    │   └── NothingToUndo   ... or there is none any more, or never was
    ├── StalePage           the content changed since it was shown; ``changes`` says how
    ├── RunMovedOn          the run does not wait for this answer any more
    │   └── CannotGoOn      ... or could not go on with it under the installed code
    └── Expired             the deadline closed it

An answer that does not fit its schema is ``workflows.errors.SchemaMismatch``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.errors import FieldError, SchemaMismatch


class ApprovalError(Exception):
    """Base of every reason for not taking an answer."""


class ApprovalNotFound(ApprovalError):
    """There is no such approval, or this person may not see it."""

    def __init__(self) -> None:
        super().__init__(_("There is no such approval."))


class NotAllowed(ApprovalError):
    """This person may see the approval and may not do this; ``reasons`` says why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons: tuple[str, ...] = tuple(reasons)


class NotYourDecision(NotAllowed):
    """This person may see the approval and may not decide it."""


class DigestMissing(ApprovalError):
    """An answer without the digest could be about anything."""

    def __init__(self) -> None:
        super().__init__(_("Send the digest of the content that you answer."))


class ApprovalConflict(ApprovalError):
    """The approval is not, or no longer, what the answer is about."""


class AlreadyDecided(ApprovalConflict):
    """Another answer came first: ``winner``, ``at`` and ``outcome`` say which."""

    def __init__(
        self, *, winner: str, at: datetime, outcome: str, winner_id: int | None = None
    ) -> None:
        super().__init__(self._sentence(winner, at, outcome))
        self.winner = winner
        self.winner_id = winner_id
        self.at = at
        self.outcome = outcome

    def _sentence(self, winner: str, at: datetime, outcome: str) -> str:
        return _("%(winner)s already answered this on %(at)s: %(outcome)s.") % {
            "winner": winner,
            "at": in_words(at),
            "outcome": outcome,
        }


class Reserved(AlreadyDecided):
    """An answer is about to go ahead; who gave it may still take it back."""

    def _sentence(self, winner: str, at: datetime, outcome: str) -> str:
        return _(
            "%(winner)s answered this on %(at)s: %(outcome)s. "
            "It goes ahead unless the answer is taken back."
        ) % {"winner": winner, "at": in_words(at), "outcome": outcome}


class TooLateToUndo(ApprovalConflict):
    """There is no answer that could still be taken back."""

    def __init__(self, message: str = "") -> None:
        words = _("It is too late to take this back: it went ahead.")
        super().__init__(message or words)


class NothingToUndo(TooLateToUndo):
    """It was taken back already, lost its approval, or was never given."""

    def __init__(self, *, waits: bool) -> None:
        super().__init__(
            _("There is no answer to take back: this waits for one.")
            if waits
            else _("There is no answer to take back: this closed without yours.")
        )


class AlreadyVoted(AlreadyDecided):
    """This person has voted; the approval still waits for other people."""

    def _sentence(self, winner: str, at: datetime, outcome: str) -> str:
        return _(
            "You already voted on %(at)s: %(outcome)s. It waits for other people now."
        ) % {"at": in_words(at), "outcome": outcome}


class AlreadyClaimed(ApprovalConflict):
    """A colleague has claimed it: ``winner`` and ``at`` say who and when."""

    def __init__(self, *, winner: str, at: datetime, winner_id: int | None) -> None:
        words = _("%(winner)s claimed this on %(at)s. Take it over to decide it.")
        super().__init__(words % {"winner": winner, "at": in_words(at)})
        self.winner = winner
        self.winner_id = winner_id
        self.at = at


class SentBack(ApprovalConflict):
    """Changes were asked for; it comes back when its initiator has answered."""

    def __init__(self, at: datetime) -> None:
        words = _("Changes were asked for on %(at)s. It comes back when they are made.")
        super().__init__(words % {"at": in_words(at)})
        self.at = at


class StalePage(ApprovalConflict):
    """The content is not what was shown; ``changes`` lists the differences."""

    def __init__(self, message: str, changes: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.changes: tuple[str, ...] = tuple(changes)


class RunMovedOn(ApprovalConflict):
    """The run does not wait for this answer any more."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("The approval closed in the same moment."))


class CannotGoOn(RunMovedOn):
    """The code now installed could do nothing with an answer; it still waits."""


class Expired(ApprovalConflict):
    """The deadline passed before the answer came."""

    def __init__(self, at: datetime, outcome: str = "") -> None:
        super().__init__(expired_words(outcome))
        self.at = at
        self.outcome = outcome


class EditMismatch(SchemaMismatch):
    """An edit of the proposal that is not allowed, or does not fit."""

    @property
    def in_the_proposal(self) -> list[FieldError]:
        """The errors by their places in the proposal, not in the request."""
        return [
            FieldError(loc=each["loc"][1:], msg=each["msg"], type=each["type"])
            for each in self.errors
        ]


# The most special class stands for the error.
STATUS_FOR: dict[type[Exception], int] = {
    NotAllowed: 403,
    ApprovalNotFound: 404,
    ApprovalConflict: 409,
    Expired: 410,
    SchemaMismatch: 422,
    DigestMissing: 428,
}


def status_of(error: Exception) -> int:
    """The HTTP status that says it."""
    return next(STATUS_FOR[c] for c in type(error).__mro__ if c in STATUS_FOR)


def expired_words(outcome: str) -> str:
    """That the due date came first, and what it did."""
    over = _("The time to answer this is over.")
    match outcome:
        case "":
            return over
        case "approved":
            return _("%(over)s It was approved without an answer.") % {"over": over}
        case "rejected":
            return _("%(over)s It was rejected without an answer.") % {"over": over}
        case "canceled":
            return _("%(over)s The run was canceled.") % {"over": over}
    words = _("%(over)s It was answered by itself: %(outcome)s.")
    return words % {"over": over, "outcome": outcome}


def in_words(moment: datetime) -> str:
    """A moment in the reader's zone, with the zone's name."""
    local = timezone.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"
