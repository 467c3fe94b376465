"""Sentences about approvals, in the words a reviewer uses."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import inbox
from approvals.badges import VERDICT
from approvals.errors import expired_words
from approvals.errors import in_words as moment_in_words
from approvals.history import Moment
from approvals.models import Approval
from approvals.policies import Eligibility
from approvals.questions import in_words
from approvals.reservations import Lapse
from approvals.statuses import ApprovalStatus
from approvals.verdicts import APPROVED, REJECTED, SUBMITTED, usual
from approvals.visible_text import plain

SAID = "said"  # marks the message that tells somebody what they answered
ADVANCED = "advanced"  # the same, told on the page of the next request

# What people do besides answering, as the history tells it after their name.
DONE = {
    "claimed": gettext_lazy("claimed this"),
    "taken-over": gettext_lazy("took this over"),
    "released": gettext_lazy("gave this back"),
    "comment": gettext_lazy("said"),
    "reason": gettext_lazy("said why"),
    "changes-requested": gettext_lazy("asked for changes"),
    "resubmitted": gettext_lazy("asked again"),
    "revealed": gettext_lazy("looked at the secret values"),
    "hastened": gettext_lazy("ended the time to answer"),
    "recalled": gettext_lazy("took this back as it was"),
}

# Why an answer that waited did not go ahead, as the history tells it.
LAPSES: dict[str, Promise] = {
    Lapse.INACTIVE: gettext_lazy("The account of who gave it was deactivated."),
    Lapse.STANDS_IN_NO_MORE: gettext_lazy("Who gave it no longer stood in for others."),
    Lapse.NOT_ASKED: gettext_lazy("Who gave it could no longer decide this."),
    Lapse.MISFIT: gettext_lazy("Another answer was asked for by then."),
}


def closed_words(approval: Approval, *, reader_id: int | None) -> str:
    """How an approval ended, in one sentence; empty while it is open."""
    match approval.status:
        case ApprovalStatus.OPEN:
            return ""
        case ApprovalStatus.WITHDRAWN:
            words = _("This is no longer needed: the run went on or ended without it.")
            return withdrawn_by(approval) or words
        case ApprovalStatus.EXPIRED:
            return expired_words(approval.outcome)
        case _closed if approval.closed_by_id == reader_id and reader_id is not None:
            return answered_by_reader(approval.outcome)
    return answered_by(
        inbox.name_of(approval.closed_by) or _("A program"), approval.outcome
    )


def withdrawn_by(approval: Approval) -> str:
    """Who ended the run, or sent it on without an answer; empty when no person did."""
    if approval.status != ApprovalStatus.WITHDRAWN or approval.closed_by is None:
        return ""
    words = _("%(name)s ended the run, or sent it on without an answer to this.")
    return words % {"name": inbox.name_of(approval.closed_by)}


def claimed_words(approval: Approval, *, reader_id: int) -> str:
    """Who has claimed it, in one sentence; empty when nobody has."""
    if not approval.is_open or approval.claimer is None:
        return ""
    if approval.claimer.pk == reader_id:
        return _("You have claimed this.")
    words = _("%(name)s has claimed this.")
    return words % {"name": inbox.name_of(approval.claimer)}


def meanwhile(approval: Approval, may: Eligibility, *, reader_id: int) -> str:
    """Why an open form no longer counts, in a sentence or two."""
    if not approval.is_open:
        return closed_words(approval, reader_id=reader_id)
    if approval.is_reserved:
        return waits_to_go_ahead(approval, reader_id=reader_id)
    if not may.may_decide:
        return " ".join(may.reasons)
    return _("This changed while you were here.")


def waits_to_go_ahead(approval: Approval, *, reader_id: int) -> str:
    """Who answered, and that the answer may still be taken back."""
    given = approval.reservation
    if given.decided_by_id == reader_id:
        said = answered_by_reader(given.verdict)
    else:
        said = answered_by(inbox.name_of(given.decided_by), given.verdict)
    return _("%(said)s It goes ahead unless it is taken back.") % {"said": said}


def answered_by(name: str, outcome: str) -> str:
    """ "Bob approved this." """
    match usual(outcome):
        case "approved":
            return _("%(name)s approved this.") % {"name": name}
        case "rejected":
            return _("%(name)s rejected this.") % {"name": name}
        case "submitted":
            return _("%(name)s answered this.") % {"name": name}
    return _("%(name)s answered this: %(outcome)s.") % {
        "name": name,
        "outcome": in_words(outcome),
    }


def answered_by_reader(outcome: str) -> str:
    """ "You approved this." """
    match usual(outcome):
        case "approved":
            return _("You approved this.")
        case "rejected":
            return _("You rejected this.")
        case "submitted":
            return _("You answered this.")
    return _("You answered this: %(outcome)s.") % {"outcome": in_words(outcome)}


def verdict_words(verdict: str) -> str:
    """ "approved": what somebody answered, after their name."""
    match usual(verdict):
        case "approved":
            return _("approved")
        case "rejected":
            return _("rejected")
        case "submitted":
            return _("answered")
    return _("answered: %(outcome)s") % {"outcome": in_words(verdict)}


def verdict_label(verdict: str) -> str:
    """ "Approved": a verdict by itself."""
    badge = VERDICT.get(usual(verdict))
    return str(badge.word) if badge else in_words(verdict)


def recorded(approval: Approval, *, votes: int) -> str:
    """What happened to the answer that was just given, and what follows."""
    words = said(approval, votes=votes)
    return words if approval.is_open else f"{words} {goes_on()}"


def recorded_elsewhere(approval: Approval, *, votes: int) -> str:
    """The same, for a page on which another request stands."""
    words = recorded(approval, votes=votes)
    return _("“%(title)s”: %(recorded)s") % {
        "title": plain(approval.title),
        "recorded": words,
    }


def goes_on() -> str:
    return _("The run goes on by itself.")


def said(approval: Approval, *, votes: int) -> str:
    """The answer that was just given, as it was understood."""
    if approval.is_open:
        return _("Your vote is recorded: %(given)s of %(needed)s.") % {
            "given": votes,
            "needed": approval.quorum,
        }
    done = {
        APPROVED: _("Approved."),
        REJECTED: _("Rejected."),
        SUBMITTED: _("Your answer is recorded."),
    }
    named = _("Your answer is recorded: %(answer)s.")
    outcome = usual(approval.outcome)
    return done.get(outcome) or named % {"answer": in_words(outcome)}


def recorded_of_many(approval: Approval) -> str:
    """What happened to one of several answers that were given together."""
    if approval.is_reserved:
        said = answered_by_reader(approval.reservation.verdict)
        return _("%(said)s It goes ahead soon, unless you take it back.") % {
            "said": said
        }
    votes = approval.decisions.filter(version=approval.version)
    return recorded(approval, votes=votes.count() if approval.is_open else 0)


def told(moment: Moment) -> str:
    """One line of the history, without its name; for whom it was done, too."""
    return standing_in(moment_words(moment), moment.on_behalf_of if moment.who else "")


def standing_in(done: str, name: str) -> str:
    """What somebody did, and for whom; only that when it was for themselves."""
    words = _("%(done)s, standing in for %(name)s")
    return words % {"done": done, "name": name} if name else done


def answers_for(may: Eligibility) -> str:
    """For whom the reader answers, in one sentence; empty when for themselves."""
    if not may.may_decide or not may.on_behalf_of_name:
        return ""
    return _("You answer for %(name)s.") % {"name": may.on_behalf_of_name}


def moment_words(moment: Moment) -> str:
    """One line of the history, without the name it begins with."""
    match moment.kind, moment.outcome:
        case "asked", _any:
            return _("asked for this") if moment.who else _("The workflow asked.")
        case (("decided" | "voted"), verdict):
            return verdict_words(verdict)
        case "claim-ended", name:
            words = _("The claim of %(name)s ended: they could not decide this now.")
            return words % {"name": name}
        case "handed-over", name:
            return _("handed this to %(name)s") % {"name": name}
        case "colleague-asked", name:
            return _("asked %(name)s") % {"name": name}
        case "extended", due_at:
            words = _("moved the due date to %(moment)s")
            return words % {"moment": _moment_in(due_at)}
        case "replaced", names:
            return _("asked one person in the place of another: %(names)s") % {
                "names": names
            }
        case "assigned", names:
            return _("said who is asked: %(names)s") % {"names": names}
        case kind, _any if kind in DONE:
            return str(DONE[kind])
        case "withdrawn", _any if moment.who:
            return _("ended the run, or sent it on without an answer to this")
        case "withdrawn", _any:
            return _("It was withdrawn: the run went on or ended without it.")
        case "expired", outcome:
            return expired_words(outcome)
        case "reserved", verdict:
            return _("answered: %(outcome)s") % {"outcome": verdict_label(verdict)}
        case "undone", _any:
            return _("took the answer back")
        case "lapsed", why:
            words = _("The answer that waited to go ahead did not count any more.")
            return f"{words} {LAPSES[why]}" if why in LAPSES else words
        case "escalated", names:
            return _("Nobody answered in time; asked now: %(names)s.") % {
                "names": names or _("nobody")
            }
    return in_words(moment.kind)


def _moment_in(outcome: str) -> str:
    """A moment of the audit trail in the reader's zone."""
    try:
        return moment_in_words(datetime.fromisoformat(outcome))
    except ValueError:
        return outcome
