"""Decision receipts: what a person saw when they answered, kept with the answer.

The digest says that it was this content and no other; the content itself, in words, can
be read years later, whatever became of the code and of the proposal.
"""

from __future__ import annotations

from approvals import patches
from approvals.models import Approval, Decision
from approvals.persons import name_of
from approvals.secrets import cover_of
from workflows import json_gate
from workflows.json_gate import JSONObject, JSONValue


def shown_in(approval: Approval) -> str:
    """The question as it stands, to be stored with an answer to it."""
    facts: list[JSONValue] = [list[JSONValue](fact) for fact in approval.key_facts]
    shown: JSONObject = {
        "title": approval.title,
        "summary": facts,
        "version": approval.version,
    }
    if approval.proposal:
        # The payload asked about at first stays with the suspension.
        shown["payload"] = approval.payload_value
    return json_gate.dumps(shown)


def recorded_answer(vote: Decision) -> JSONValue:
    """What the audit row's digest is of: the answer, and the proposal as approved."""
    if not vote.proposal:
        return vote.answer_value
    return {"answer": vote.answer_value, "proposal": vote.proposal_value}


def receipt_of(decision: Decision) -> JSONObject:
    """All that a receipt says, for a page or a client; secrets stay masked."""
    suspension = decision.approval.suspension
    cover = cover_of(decision.approval)
    stored = json_gate.loads(decision.shown) if decision.shown else {}
    shown: JSONObject = {"payload": suspension.payload_value}
    shown |= stored if isinstance(stored, dict) else {}
    shown["payload"] = cover.question(shown["payload"])
    approved: JSONValue = None
    patch: list[JSONValue] = []
    if decision.proposal:
        approved = cover.question(decision.proposal_value)
        patch = [*patches.between(shown["payload"], approved)]
    return {
        "id": decision.pk,
        "decided_by": name_of(decision.decided_by),
        "on_behalf_of": name_of(decision.on_behalf_of) or None,
        "at": decision.at.isoformat(),
        "verdict": decision.verdict,
        "closing": decision.closing,
        "channel": decision.channel,
        "answer": cover.answer(decision.answer_value),
        "digest": decision.digest,
        "shown": shown,
        "approved": approved,
        "patch": patch,
    }
