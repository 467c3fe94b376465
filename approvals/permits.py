"""What else a person may do with an approval, besides deciding it, and why not.

One function per act, all pure, asked by the services inside their transaction and by
every page and client that offers the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from approvals.persons import Person
from approvals.policies import Asked, judge, reserved_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Whether one act is allowed; if not, why."""

    allowed: bool
    reasons: tuple[str, ...] = ()


def to_claim(person: Person, asked: Asked) -> Permit:
    """Take it, so that colleagues know that somebody is at it."""
    reasons = _would_decide(person, asked)
    if asked.quorum > 1:
        reasons.append(_("Several people vote on this; nobody needs to claim it."))
    if asked.claimed_by == person.id:
        reasons.append(_("You have claimed this already."))
    elif asked.claimed_by is not None:
        words = _("%(name)s has claimed this; you can take it over.")
        reasons.append(words % {"name": asked.claimed_by_name})
    return _permit(reasons)


def to_take_over(person: Person, asked: Asked) -> Permit:
    """Take a colleague's claim: whoever could decide it but for the claim."""
    reasons = _would_decide(person, asked)
    if asked.claimed_by is None:
        reasons.append(_("Nobody has claimed this."))
    elif asked.claimed_by == person.id:
        reasons.append(_("You have claimed this already."))
    return _permit(reasons)


def to_release(person: Person, asked: Asked) -> Permit:
    """Give back one's own claim; an operator gives back anybody's."""
    reasons = _open(asked)
    if asked.claimed_by is None:
        reasons.append(_("Nobody has claimed this."))
    elif asked.claimed_by != person.id and not person.assigns():
        words = _("%(name)s has claimed this.")
        reasons.append(words % {"name": asked.claimed_by_name})
    return _permit(reasons)


def to_assign(person: Person, asked: Asked) -> Permit:
    """Say anew who is asked: operators only, whether they are asked or not."""
    reasons = _open(asked)
    if not person.assigns():
        reasons.append(_("Only an operator can say who is asked."))
    return _permit(reasons)


def to_extend(person: Person, asked: Asked) -> Permit:
    """Move the due date: operators only."""
    paused = [_("Its time stands still until it comes back.")] if asked.paused else []
    return _permit([*_open(asked), *paused, *_operates(person)])


def to_expire(person: Person, asked: Asked) -> Permit:
    """Bring about now what the due date does: operators only."""
    reasons = [*_open(asked), *_operates(person)]
    if not asked.acts_when_due:
        reasons.append(_("Nothing happens to this when its time is over."))
    elif asked.paused:
        reasons.append(_("Its time stands still until it comes back."))
    return _permit(reasons)


def to_hand_over(person: Person, asked: Asked) -> Permit:
    """Give it to a colleague among those who were asked."""
    reasons = _would_decide(person, asked)
    if asked.quorum > 1:
        reasons.append(_("Several people vote on this; nobody needs to claim it."))
    if asked.claimed_by not in (None, person.id):
        words = _("%(name)s has claimed this; you can take it over.")
        reasons.append(words % {"name": asked.claimed_by_name})
    return _permit(reasons)


def to_ask(person: Person, asked: Asked) -> Permit:
    """Ask a colleague about it: whoever may decide it."""
    return _permit(list(judge(person, asked).reasons))


def to_snooze(person: Person, asked: Asked) -> Permit:
    """Put it aside for a time: whoever could decide it now, as it waits for them."""
    return _permit(list(judge(person, asked).reasons))


def to_comment(person: Person, asked: Asked) -> Permit:
    """Say something about it: whoever may see it, also when it is over."""
    may_view = judge(person, asked).may_view
    return _permit(
        [] if may_view else [_("You are not among the people who were asked.")]
    )


def to_request_changes(person: Person, asked: Asked) -> Permit:
    """Send it back to its initiator: whoever may decide it, and did not start it."""
    reasons = list(judge(person, asked).reasons)
    if asked.initiator is None or not asked.initiator_active:
        reasons.append(_("There is nobody to ask for changes."))
    elif asked.initiator in person.same_human:
        reasons.append(_("You started this yourself."))
    return _permit(reasons)


def to_resubmit(person: Person, asked: Asked) -> Permit:
    """Ask anew after changes were asked for: the initiator."""
    reasons = [*_open(asked), *_sent_back(asked)]
    if asked.initiator not in person.same_human:
        reasons.append(_("Only who started this can answer."))
    return _permit(reasons)


def to_recall(person: Person, asked: Asked) -> Permit:
    """Take it back from its initiator: whoever would decide it, or an operator."""
    reasons = _sent_back(asked)
    if not person.assigns():
        reasons += judge(person, replace(asked, sent_back=False)).reasons
    return _permit([*_open(asked), *reasons] if person.assigns() else reasons)


ACTS: Mapping[str, Callable[[Person, Asked], Permit]] = {
    "claim": to_claim,
    "take_over": to_take_over,
    "release": to_release,
    "assign": to_assign,
    "extend": to_extend,
    "expire": to_expire,
    "hand_over": to_hand_over,
    "comment": to_comment,
    "ask": to_ask,
    "snooze": to_snooze,
    "request_changes": to_request_changes,
    "resubmit": to_resubmit,
    "recall": to_recall,
}


def all_of(person: Person, asked: Asked) -> dict[str, Permit]:
    """What this person may do now, act by act."""
    return {name: ask(person, asked) for name, ask in ACTS.items()}


def _open(asked: Asked) -> list[str]:
    if not asked.open:
        return [_("This no longer waits for an answer.")]
    return [reserved_words()] if asked.reserved else []


def _operates(person: Person) -> list[str]:
    return [] if person.assigns() else [_("Only an operator can move a due date.")]


def _sent_back(asked: Asked) -> list[str]:
    return [] if asked.sent_back else [_("No changes were asked for.")]


def _would_decide(person: Person, asked: Asked) -> list[str]:
    """What is in the way of deciding, but for a claim: that is what these acts move."""
    unclaimed = judge(person, asked.unclaimed())
    return list(unclaimed.reasons)


def _permit(reasons: list[str]) -> Permit:
    return Permit(allowed=not reasons, reasons=tuple(reasons))
