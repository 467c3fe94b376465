"""What happens to approvals is noted in the engine's own transaction, as one row each.

Nothing here looks at people, preferences or the network: that is done after the commit
and can delay no decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals import audit
from approvals.notifications import outbox
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice
from workflows.hooks import Closure, EngineHooks
from workflows.models import Suspension

TOLD = frozenset({"consumed", "expired"})  # what is withdrawn is nobody's news


class NotificationHooks(EngineHooks):
    """Notes what opens and what closes."""

    def opened(self, suspensions: Sequence[Suspension]) -> None:
        outbox.note(
            Notice(kind=Kind.OPENED, approval_id=each.pk, at=each.opened_at)
            for each in suspensions
        )

    def closed(self, closures: Sequence[Closure]) -> None:
        outbox.note(
            Notice(
                kind=Kind.OUTCOME,
                approval_id=each.suspension_id,
                actor_id=audit.who_acts(each.asked_by).user_id,
                at=each.at,
            )
            for each in closures
            if each.reason in TOLD
        )
