"""When a link out of a mail may decide without a login: rarely, and never by accident.

Somebody who forwards such a mail hands over their decision. So a policy has to ask for
it, and it is out of the question where four eyes are wanted or much is at stake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from approvals.errors import ApprovalError
from approvals.proposals import proposed
from approvals.statuses import Priority
from approvals.uploads import asks_for_files
from workflows.errors import DefinitionError

if TYPE_CHECKING:
    from approvals.models import Approval

HIGH = frozenset({Priority.HIGH, Priority.URGENT})


class LinkUnusable(ApprovalError):
    """Used, expired, never issued or for something else."""


def consistent(policy: Any) -> None:
    """``DefinitionError`` when a policy, or a rule made of it, wants both."""
    if policy.decide_by_link is not True:
        return
    in_the_way = [
        option
        for option, wrong in (
            ("exclude_initiator=True", policy.exclude_initiator is True),
            ("exclude_deciders_of", policy.exclude_deciders_of != ()),
            ("quorum above 1", _is_above_one(policy.quorum)),
            ("priority high or urgent", _is_high(policy.priority)),
        )
        if wrong
    ]
    if in_the_way:
        raise DefinitionError(
            "approval_policy: decide_by_link=True does not go with "
            f"{', '.join(in_the_way)}: a link that decides can be passed on."
        )


def allows(approval: Approval, *, asked_for: bool) -> bool:
    """Whether a link may decide this approval, as it stands now.

    Its form takes no edits, shows nothing of what is proposed, and takes no files from
    somebody who has not signed in.
    """
    schema = approval.suspension.answer_schema_value
    return (
        asked_for
        and approval.editable == "[]"
        and not approval.exclude_initiator
        and approval.exclude_deciders_of == "[]"
        and approval.quorum == 1
        and approval.priority not in HIGH
        and not asks_for_files(schema)
        and proposed(approval.payload_value, schema) is None
    )


def _is_above_one(quorum: Any) -> bool:
    return isinstance(quorum, int) and quorum > 1


def _is_high(priority: Any) -> bool:
    return isinstance(priority, str) and priority in HIGH
