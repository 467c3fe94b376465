"""Whether a mail may go out: what is in its way, for good or until that passes."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.models import Approval
from approvals.notifications import attention, preferences
from approvals.notifications.kinds import ASKING, FOR_OPERATORS, Delivery, Kind, Timing
from approvals.notifications.models import Mail
from approvals.persons import ASSIGN
from approvals.policies import Eligibility, eligibility
from workflows.rest import access


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a person is not told, or not yet."""

    why: str
    passes: bool = False  # it may go out later


def of(mail: Mail) -> Hindrance | None:
    """What is in the way at this moment; ``None`` when the mail may go out."""
    person, approval = mail.recipient, mail.notice.approval
    kind = Kind(mail.notice.kind)
    if not person.is_active or not person.email:
        return Hindrance("the person can't be reached")
    if preferences.timings([person.pk], kind)[person.pk] == Timing.OFF:
        return Hindrance("the person does not want to hear of it")
    if kind in FOR_OPERATORS:
        return _for_operator(mail)
    if mail.notice.is_of_lapse:
        return None  # it is their own answer, and often they may not see it any more
    may = eligibility(person, approval)
    if not may.may_view:
        return Hindrance("the person may not see it")
    if kind in ASKING and not may.may_decide:
        return _for_asked(mail, may)
    if kind == Kind.CHANGES_REQUESTED and not _waits_for_changes(approval):
        return Hindrance("no changes are asked for any more")
    return None


def _for_operator(mail: Mail) -> Hindrance | None:
    if not any(map(mail.recipient.has_perm, (access.OPERATE_RUN, ASSIGN))):
        return Hindrance("the person operates no runs")
    stands = attention.stands(mail.notice.approval.run)
    return None if stands else Hindrance("somebody has seen to it")


def _for_asked(mail: Mail, may: Eligibility) -> Hindrance:
    """A claim, an answer that may be taken back and changes asked for all pass."""
    if not mail.notice.approval.is_open or not may.would_decide:
        return Hindrance("the person can't decide it")
    if _is_followed(mail):
        return Hindrance("a later mail asks for the same")
    return Hindrance("the person can't decide it now", passes=True)


def _is_followed(mail: Mail) -> bool:
    """Whether another mail waits that asks the same person for the same decision, as
    soon as this one: a request that was claimed for long is told of once."""
    later = Mail.objects.filter(
        notice__approval=mail.notice.approval_id,
        notice__kind__in=ASKING,
        notice__gt=mail.notice_id,
        recipient=mail.recipient_id,
        status=Delivery.WAITING,
    )
    return (later if mail.daily else later.filter(daily=False)).exists()


def _waits_for_changes(approval: Approval) -> bool:
    return approval.is_open and approval.sent_back_at is not None
