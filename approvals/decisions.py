"""The only way in for a person's answer, whatever page, client or command it came by.

The answer is validated first, outside the transaction. Then, in one transaction and in
the lock order run, suspension, approval, audit head: who may decide, what was shown,
the vote, the engine's resume if the rule is met, one audit row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

import workflows
from approvals import (
    audit,
    drafts,
    openings,
    patches,
    receipts,
    reservations,
    separation,
    signals,
    snoozing,
    staffing,
)
from approvals.answers import Answer, fitting
from approvals.closing import closing, letting_go
from approvals.edits import Edited
from approvals.errors import ApprovalNotFound, CannotGoOn, RunMovedOn
from approvals.locking import locked
from approvals.models import Approval, Decision
from approvals.notifications import causes
from approvals.persons import name_of, person_of
from approvals.policies import eligibility
from approvals.refusals import Submission, refuse
from approvals.retrying import retried
from approvals.statuses import ApprovalStatus, Channel
from approvals.verdicts import settled
from approvals.whole import whole
from workflows import hooks, json_gate
from workflows.errors import DefinitionChanged, StateConflict
from workflows.json_gate import JSONObject, JSONValue
from workflows.rows import execute_all

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def decide(
    *,
    approval_id: str,
    decided_by: User,
    data: JSONValue,
    digest: str | None,
    version: int | None,
    channel: Channel,
    now: datetime,
    edits: JSONObject | None = None,
    token_id: str | None = None,
    address: str | None = None,
) -> Approval:
    """Record one person's answer; of any number of rivals exactly one closes it.

    ``digest`` and ``version`` are those of the content shown, ``edits`` the fields of
    the proposal that the person changed. Raises an ``ApprovalError`` or
    ``SchemaMismatch`` and then has changed nothing.
    """
    submission = Submission(
        decided_by=decided_by,
        digest=digest,
        version=version,
        channel=channel,
        now=now,
        token_id=token_id,
        address=address,
    )
    approval = whole(approval_id)
    # Asked without locks so that nobody is told about fields of a form that is over;
    # asked again below, where the answer counts.
    refuse(approval, person_of(decided_by, now=now), submission)
    answer = fitting(approval, data, edits)
    return retried(partial(_transact, approval, answer, submission))


def validate(
    *,
    approval_id: str,
    user: User,
    data: JSONValue,
    edits: JSONObject | None = None,
) -> JSONValue:
    """Rehearse: the answer as it would be recorded, or ``SchemaMismatch``."""
    approval = whole(approval_id)
    if not eligibility(user, approval).may_view:
        raise ApprovalNotFound
    return fitting(approval, data, edits).data


def _transact(seen: Approval, answer: Answer, submission: Submission) -> Approval:
    """All that is written, in one transaction, on what holds by then."""
    with transaction.atomic():
        approval = locked(seen)
        voter = person_of(submission.decided_by, lock=True, now=submission.now)
        may = refuse(approval, voter, submission)
        parked = _record(approval, answer, submission, may.on_behalf_of)
        # An answer that can be taken back may be wanted in the form again.
        if parked is None and not approval.is_reserved:
            drafts.forget(approval=approval, author=submission.decided_by)
    if parked is not None:
        raise CannotGoOn(str(parked)) from parked
    return approval


def _record(
    approval: Approval,
    answer: Answer,
    submission: Submission,
    on_behalf_of: int | None,
) -> DefinitionChanged | None:
    """Write the vote; hand the answer to the run and close if it meets the rule.

    When the run can't go on under the workflow now installed, nothing is written but
    what the engine noted on the run, and that is to be committed.
    """
    receipt, changes = receipts.shown_in(approval), _changes(answer.edited)
    version_shown = apply(changes, approval)
    votes = approval.decisions.all()
    earlier = [vote for vote in votes if vote.version == approval.version]
    vote = _vote(approval, answer, submission, earlier)
    vote.shown = receipt
    vote.on_behalf_of_id = on_behalf_of
    if vote.closing and approval.undo_window:
        seconds = approval.undo_window  # of the edited proposal
        approval.refresh_from_db(fields=[*changes, "version"])
        reservations.reserve(approval, vote, submission, changes, seconds=seconds)
        return None
    return finish(approval, vote, earlier, submission, changes, version_shown)


def apply(changes: Mapping[str, Any], approval: Approval) -> int:
    """Make the approval the edited one, unsaved; the version that was shown.

    An edited proposal is another one: votes for the old one are void.
    """
    shown = approval.version
    for name, value in changes.items():
        setattr(approval, name, value)
    approval.version += bool(changes)
    return shown


def finish(
    approval: Approval,
    vote: Decision,
    earlier: Sequence[Decision],
    submission: Submission,
    changes: Mapping[str, Any],
    version_shown: int,
) -> DefinitionChanged | None:
    """Store a vote, and hand its answer to the run if it closes the approval."""
    if vote.closing:
        answer = Answer(data=vote.answer_value, verdict=vote.as_verdict)
        try:
            resume_run(approval, answer, _resumed_by(approval, [*earlier, vote]))
        except DefinitionChanged as changed:
            return changed
    if changes:
        _change(approval, version_shown, changes)
    if vote.closing:
        _close(approval, vote)
    elif changes:
        causes.asked_anew(approval.pk, by=submission.decided_by.pk, at=vote.at)
    vote.save(force_insert=True)
    if not vote.closing and _may_be_stuck(changes, [*earlier, vote]):
        staffing.recheck(Approval.objects.filter(pk=approval.pk))
    separation.exclude_voter(vote)
    audit.record(_entry(approval, vote, submission))
    signals.announce(approval.pk, approval.run_id)
    return None


def _may_be_stuck(changes: Mapping[str, Any], votes: Sequence[Decision]) -> bool:
    """Whether enough people may be left no more.

    Votes differ, one took the place of two people, or the rule changed.
    """
    differ = len({vote.verdict for vote in votes}) > 1
    return bool(changes) or differ or any(vote.on_behalf_of_id for vote in votes)


def _changes(edited: Edited | None) -> dict[str, Any]:
    return edited.columns if edited else {}


def _change(approval: Approval, shown: int, changes: Mapping[str, Any]) -> None:
    """Store the edited proposal in the place of the one that was shown."""
    as_shown = Approval.objects.open().filter(pk=approval.pk, version=shown)
    if not as_shown.update(version=approval.version, **changes):
        raise RunMovedOn
    openings.index_anew(approval)
    snoozing.wake_all(approval=approval)


def _vote(
    approval: Approval,
    answer: Answer,
    submission: Submission,
    earlier: Sequence[Decision],
) -> Decision:
    """This person's vote; it closes the approval if it meets the rule."""
    verdicts = [*(vote.as_verdict for vote in earlier), answer.verdict]
    outcome = settled(verdicts, quorum=approval.quorum, reject=approval.reject)
    return Decision(
        approval=approval,
        version=approval.version,
        decided_by=submission.decided_by,
        verdict=answer.verdict.value,
        rejection=answer.verdict.rejection,
        closing=outcome is not None,
        answer=json_gate.dumps(answer.data),
        proposal=json_gate.dumps(answer.edited.proposal) if answer.edited else "",
        patch=json_gate.dumps(list(answer.edited.patch) if answer.edited else []),
        digest=submission.digest or "",
        channel=submission.channel,
        at=submission.now,
    )


def resume_run(approval: Approval, answer: Answer, resumed_by: JSONObject) -> None:
    """Resume the run with an answer, in the transaction that records it."""
    with hooks.deciding():
        try:
            workflows.get_run(approval.run_id).resume(
                answer.data,
                suspension_id=approval.suspension_id,
                resumed_by=resumed_by,
                wait=False,
            )
        except DefinitionChanged:
            raise
        except StateConflict as conflict:
            raise RunMovedOn(str(conflict)) from conflict


def _resumed_by(approval: Approval, votes: Sequence[Decision]) -> JSONObject:
    """What the step sees as ``ctx.resumed_by``: who answered, and all the votes."""
    closing = votes[-1]
    return {
        "approval": approval.pk,
        "channel": closing.channel,
        "decided_by": _person(closing.decided_by),
        **_behalf(closing),
        "verdict": closing.verdict,
        **_proposal(approval),
        "votes": said(votes),
    }


def said(votes: Sequence[Decision]) -> list[JSONValue]:
    """What people answered, for the step."""
    return [
        {
            "decided_by": _person(vote.decided_by),
            **_behalf(vote),
            "verdict": vote.verdict,
            "data": vote.answer_value,
            "at": vote.at.isoformat(),
        }
        for vote in votes
    ]


def _proposal(approval: Approval) -> JSONObject:
    """What was proposed, what was approved, and the difference, where one may edit."""
    if not approval.editable_fields:
        return {}
    proposed, approved = approval.suspension.payload_value, approval.payload_value
    patch: list[JSONValue] = [*patches.between(proposed, approved)]
    return {"proposed": proposed, "approved": approved, "patch": patch}


def _behalf(vote: Decision) -> JSONObject:
    """For whom a delegate answered; nothing for who answered for themselves."""
    away = vote.on_behalf_of
    return {"on_behalf_of": _person(away)} if away else {}


def _person(user: User) -> JSONObject:
    return {
        "id": user.pk,
        "username": user.get_username(),
        "name": name_of(user),
    }


def _close(approval: Approval, vote: Decision) -> None:
    """Close it, in the database and here; ``RunMovedOn`` if it is not open."""
    ending = closing(
        [approval.pk],
        status=ApprovalStatus.DECIDED,
        outcome=vote.verdict,
        channel=vote.channel,
        closed_by=vote.decided_by_id,
        at=vote.at,
        version=approval.version,
    )
    closed, _ = execute_all([ending, letting_go([approval.pk])])
    if not closed:
        raise RunMovedOn
    approval.status, approval.outcome = ApprovalStatus.DECIDED, vote.verdict
    approval.closed_at, approval.closed_by = vote.at, vote.decided_by
    approval.closed_channel = vote.channel


def _entry(approval: Approval, vote: Decision, submission: Submission) -> audit.Entry:
    return audit.Entry(
        action="decided" if vote.closing else "voted",
        object_id=approval.pk,
        run_id=approval.run_id,
        actor_id=vote.decided_by_id,
        on_behalf_of_id=vote.on_behalf_of_id,
        outcome=vote.verdict,
        before=vote.digest,
        after=json_gate.digest(receipts.recorded_answer(vote)),
        version=vote.version,
        channel=vote.channel,
        token_id=(submission.token_id or "")[:128],
        address=(submission.address or "")[:64],
    )
