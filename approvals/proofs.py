"""What of a receipt can be checked here and now, against what is stored beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from approvals import audit, receipts, shown
from approvals.models import AuditRow, Decision
from workflows import json_gate
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Suspension


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One sentence that holds, does not, or (``None``) can't be told any more."""

    words: str
    holds: bool | None


def of(decision: Decision, row: AuditRow | None) -> tuple[Proof, ...]:
    """The content, the answer and the record; ``row`` is what ``row_of`` found."""
    return (
        Proof(
            words=_("The content shown here is what was asked about."),
            holds=_content_stands(decision),
        ),
        Proof(
            words=_("The answer is about this content and no other."),
            holds=_is_about_it(decision),
        ),
        Proof(
            words=_("The answer shown here is the one in the record."),
            holds=row is not None and _is_recorded(decision, row),
        ),
        Proof(
            words=_("The entry in the record is unchanged and in its place."),
            holds=row is not None and _is_linked(row),
        ),
    )


def row_of(decision: Decision) -> AuditRow | None:
    """The entry of the audit chain that was written with the decision."""
    rows = AuditRow.objects.filter(
        object_type="approval",
        object_id=decision.approval_id,
        action="decided" if decision.closing else "voted",
        actor=decision.decided_by_id,
        version=decision.version,
    )
    return rows.order_by("-seq").first()


def _content_stands(decision: Decision) -> bool:
    asked: Suspension = decision.approval.suspension
    facts: JSONObject = {
        "payload": asked.payload_value,
        "answer_schema": asked.answer_schema_value,
    }
    return json_gate.digest(facts) == asked.digest


def _is_about_it(decision: Decision) -> bool | None:
    """Not known once the code asks for another answer than it did then."""
    asked = decision.approval.suspension
    stored = json_gate.loads(decision.shown) if decision.shown else {}
    edited = stored.get("payload") if isinstance(stored, dict) else None
    if decision.digest in _digests(asked, edited):
        return True
    return None if shown.changes(asked) else False


def _digests(asked: Suspension, edited: JSONValue) -> Iterator[str]:
    proposal = json_gate.dumps(edited) if edited is not None else ""
    yield shown.current_digest(asked, proposal)
    yield (
        json_gate.digest({"asked": asked.digest, "proposal": edited})
        if proposal
        else asked.digest
    )


def _is_recorded(decision: Decision, row: AuditRow) -> bool:
    return (row.before, row.after, row.outcome, row.channel) == (
        decision.digest,
        json_gate.digest(receipts.recorded_answer(decision)),
        decision.verdict,
        decision.channel,
    )


def _is_linked(row: AuditRow) -> bool:
    """By itself and to the entry before; the whole chain is for ``audit_verify``."""
    if row.seq > 1:
        before = AuditRow.objects.filter(tenant=row.tenant, seq=row.seq - 1)
        prev = before.values_list("hash", flat=True).first()
    else:
        prev = audit.GENESIS
    return row.prev == prev and row.hash == audit.row_hash(row)
