"""Changes asked for: the approval goes to whoever started the run, and comes back.

The run is not resumed. While it is away nobody decides; when its initiator has
answered, and edited what may be edited, it is asked anew as version + 1: votes given
before no longer count, and the history keeps it all. Whoever could decide, or an
operator, may also take it back as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from approvals import (
    comments,
    edits,
    openings,
    patches,
    pausing,
    permits,
    secrets,
    separation,
    snoozing,
    staffing,
)
from approvals.edits import Edited
from approvals.errors import RunMovedOn
from approvals.locking import Caller, Held, act_on, note, require, stood_in_for
from approvals.models import Approval, ApprovalCandidate
from approvals.notifications import causes
from approvals.openings import People
from approvals.refusals import refuse_stale
from approvals.rule_models import CommentKind
from approvals.rules import Rule
from approvals.whole import whole
from workflows.json_gate import JSONObject
from workflows.rows import database_now

RECALLED = "recalled"


def request_changes(
    *,
    approval_id: str,
    caller: Caller,
    text: str,
    digest: str | None,
    version: int | None,
) -> Approval:
    """Send it back to its initiator, saying what to change."""

    def act(held: Held) -> Approval:
        require(permits.to_request_changes(held.person, held.asked))
        refuse_stale(held.approval, digest, version)
        comments.write(held, CommentKind.CHANGES, text)
        _move(held, sent_back_at=held.caller.now)
        causes.changes_requested(
            approval_id, by=held.caller.user.pk, at=held.caller.now
        )
        note(
            held,
            CommentKind.CHANGES,
            before=held.approval.digest,
            after=comments.digest(text),
            on_behalf_of=stood_in_for(held),
        )
        return held.approval

    return act_on(approval_id, caller, act)


def resubmit(
    *,
    approval_id: str,
    caller: Caller,
    text: str = "",
    edits_made: JSONObject | None = None,
    version: int | None,
) -> Approval:
    """Ask anew, with an answer, with the proposal edited, or both."""
    seen = whole(approval_id)
    # The author's validators run before anything is locked; if the proposal changes
    # meanwhile, so does the version, and the act is refused.
    made = edits.edited(seen, edits_made)

    def act(held: Held) -> Approval:
        require(permits.to_resubmit(held.person, held.asked))
        refuse_stale(held.approval, seen.digest, version)
        return _resubmit(held, text, made)

    return act_on(approval_id, caller, act)


def recall(*, approval_id: str, caller: Caller) -> Approval:
    """Take it back unchanged; votes given before count again."""

    def act(held: Held) -> Approval:
        require(permits.to_recall(held.person, held.asked))
        _come_back(held)
        staffing.recheck(Approval.objects.filter(pk=approval_id))
        note(held, RECALLED, on_behalf_of=stood_in_for(held))
        return held.approval

    return act_on(approval_id, caller, act)


def _resubmit(held: Held, text: str, made: Edited | None) -> Approval:
    before = held.approval.digest
    patch = made.patch if made else []
    values = made.columns if made else {}
    version = held.approval.version + 1
    _come_back(held, version=version, **values)
    if patch:
        openings.index_anew(held.approval)
    if made and made.asks:
        _ask_others(held.approval, made.asks)
    # Votes are void now, and the rule may be another.
    staffing.recheck(Approval.objects.filter(pk=held.approval.pk))
    said = text if text.strip() or not patch else _("Edited.")
    shown = patches.shown(patch, secrets.cover_of(held.approval).question)
    comments.write(held, CommentKind.ANSWER, said, patch=shown)
    snoozing.wake_all(approval=held.approval)
    causes.asked_anew(held.approval.pk, by=held.caller.user.pk, at=held.caller.now)
    note(held, CommentKind.ANSWER, before=before, after=held.approval.digest)
    return held.approval


def _ask_others(approval: Approval, rule: Rule) -> None:
    """Put whom the policy names for the edited proposal in the place of the others."""
    named = People.named_by([rule]).candidates(approval, rule)
    approval.candidates.all().delete()
    ApprovalCandidate.objects.bulk_create(named)
    this = Approval.objects.filter(pk=approval.pk)
    this.update(claimed_by=None, claimed_at=None)
    separation.exclude_anew([approval])


def _come_back(held: Held, **values: object) -> None:
    clock = pausing.resumed(held.approval, database_now())
    _move(held, sent_back_at=None, **clock, **values)


def _move(held: Held, **values: object) -> None:
    """Pass it on, if it still is where it was seen."""
    approval = held.approval
    as_seen = Approval.objects.open().filter(
        pk=approval.pk, version=approval.version, sent_back_at=approval.sent_back_at
    )
    if not as_seen.update(**values):
        raise RunMovedOn
    for name, value in values.items():
        setattr(approval, name, value)
