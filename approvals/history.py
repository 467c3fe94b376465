"""What happened to an approval, told from its comments, votes and audit rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from approvals import patches
from approvals.models import Approval, ApprovalComment, AuditRow, Decision
from approvals.persons import name_of
from approvals.rule_models import CommentKind
from approvals.statuses import ApprovalStatus
from workflows import json_gate
from workflows.joined_rows import Joined
from workflows.json_gate import JSONObject
from workflows.rows import fetch_all

# Actions in the audit chain that the history tells from other tables, in more words.
TOLD_BY_OTHERS = (
    "voted",
    "decided",
    ApprovalStatus.WITHDRAWN,
    "commented",
    CommentKind.CHANGES,
    CommentKind.ANSWER,
    CommentKind.QUESTION,
)

AUDITED = Joined(AuditRow, ("actor", "on_behalf_of"))
COMMENTS = Joined(ApprovalComment, ("author", "addressee"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of an approval's history."""

    at: datetime
    kind: str  # asked, voted, decided, withdrawn, expired, or what else was done
    who: str  # empty when no person did it
    on_behalf_of: str = ""  # for whom they stood in
    outcome: str = ""
    comment: str = ""
    channel: str = ""
    decision: Decision | None = None
    patch: tuple[JSONObject, ...] = ()  # what was changed with it, secrets and all


def of(approval: Approval) -> list[Moment]:
    """What happened to an approval that is ``whole()``, first things first."""
    decisions = sorted(approval.decisions.all(), key=attrgetter("at", "id"))
    asked = Moment(
        at=approval.created_at, kind="asked", who=name_of(approval.initiator)
    )
    answered = [_answered(decision) for decision in decisions]
    key = [approval.pk]
    audited, said = fetch_all(
        [
            AUDITED.select("object_id", key, order=("seq",)),
            COMMENTS.select("approval_id", key, order=("at", "id")),
        ]
    )
    acts = [row for row in AUDITED.read(audited) if row.object_type == "approval"]
    rest = [
        Moment(
            at=row.at,
            kind=row.action,
            who=name_of(row.actor),
            on_behalf_of=name_of(row.on_behalf_of),
            outcome=row.outcome,
            channel=row.channel,
        )
        for row in acts
        if row.action not in TOLD_BY_OTHERS
    ]
    # Each was written with its row, so the two come in one order.
    sent_back = (row for row in acts if row.action == CommentKind.CHANGES)
    comments = [
        _said(
            comment,
            next(sent_back, None) if comment.kind == CommentKind.CHANGES else None,
        )
        for comment in COMMENTS.read(said)
    ]
    moments = [*comments, *answered, *_told_once(rest, answered), *_withdrawn(approval)]
    return [asked, *sorted(moments, key=lambda moment: moment.at)]


def _told_once(acts: list[Moment], answered: list[Moment]) -> list[Moment]:
    """Without the reservation of the answer that went ahead."""
    waited = [each for each in acts if each.kind in ("reserved", "undone", "lapsed")]
    decided = any(moment.kind == "decided" for moment in answered)
    if not decided or not waited or waited[-1].kind != "reserved":
        return acts
    return [moment for moment in acts if moment is not waited[-1]]


def _said(comment: ApprovalComment, row: AuditRow | None) -> Moment:
    return Moment(
        at=comment.at,
        kind=comment.kind,
        who=name_of(comment.author),
        on_behalf_of=name_of(row.on_behalf_of) if row else "",
        outcome=name_of(comment.addressee),
        comment=comment.text,
        patch=patches.operations(comment.patch_value),
    )


def _withdrawn(approval: Approval) -> list[Moment]:
    """The audit has a row for what withdrew it, which may be an act on the run."""
    if approval.status != ApprovalStatus.WITHDRAWN or approval.closed_at is None:
        return []
    return [
        Moment(
            at=approval.closed_at,
            kind=approval.status,
            who=name_of(approval.closed_by),
            channel=approval.closed_channel,
        )
    ]


def _answered(decision: Decision) -> Moment:
    return Moment(
        at=decision.at,
        kind="decided" if decision.closing else "voted",
        who=name_of(decision.decided_by),
        on_behalf_of=name_of(decision.on_behalf_of),
        outcome=decision.verdict,
        comment=decision.comment,
        channel=decision.channel,
        decision=decision,
        patch=patches.operations(json_gate.loads(decision.patch)),
    )
