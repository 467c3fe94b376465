"""The receipt of one answer: what was shown, what was said, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from approvals import proofs, receipts, rendering, shown
from approvals.models import AuditRow, Decision
from approvals.pages import amendments, decision_page, wording
from approvals.pages.amendments import Amended
from approvals.persons import name_of
from approvals.proofs import Proof
from approvals.readable import Shown
from approvals.secrets import cover_of
from approvals.statuses import Channel

WAYS: Mapping[str, Promise] = {
    Channel.PAGE: _("on the page of the request"),
    Channel.REST: _("by a program of theirs"),
    Channel.LINK: _("by the link in a mail"),
    Channel.BULK: _("together with others"),
    Channel.ADMIN: _("in the administration"),
    Channel.COMMAND: _("by a command on the server"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """All that it says; secrets stay masked."""

    decision: Decision
    title: str
    facts: Sequence[Sequence[str]]
    asked: Shown | None
    amended: tuple[Amended, ...]  # where the proposal was edited
    answer: Shown | None
    comment: str
    row: AuditRow | None
    proofs: tuple[Proof, ...]

    @property
    def said(self) -> str:
        return wording.answered_by(
            name_of(self.decision.decided_by), self.decision.verdict
        )

    @property
    def on_behalf_of(self) -> str:
        return name_of(self.decision.on_behalf_of)

    @property
    def way(self) -> str:
        return str(WAYS.get(self.decision.channel, self.decision.channel))

    @property
    def holds(self) -> bool:
        return all(proof.holds is not False for proof in self.proofs)


def build(decision: Decision) -> ReceiptPage:
    """From what was kept with the answer, not from what holds now."""
    receipt: Any = receipts.receipt_of(decision)
    asked = decision.approval.suspension
    schema = shown.question_schema(asked)
    files = decision_page.files_of(decision.approval)

    payload = receipt["shown"]["payload"]
    title = str(receipt["shown"].get("title") or decision.approval.title)

    def drawn(value: Any) -> Shown | None:
        rest = decision_page.without_title(value, title)
        return rendering.shown(rest, schema, files=files) if rest else None

    row, cover = proofs.row_of(decision), cover_of(decision.approval)
    return ReceiptPage(
        decision=decision,
        title=title,
        facts=receipt["shown"].get("summary", []),
        asked=drawn(payload),
        amended=amendments.of(receipt["patch"], payload, schema, cover),
        answer=decision_page.rest_of_answer(
            decision, shown.answer_schema(asked), cover
        ),
        comment=cover.text(decision.comment),
        row=row,
        proofs=proofs.of(decision, row),
    )
