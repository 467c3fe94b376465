"""What people say to each other about an approval: a conversation, append-only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from approvals import permits
from approvals.locking import Caller, Held, act_on, note, require
from approvals.models import ApprovalComment
from approvals.rule_models import CommentKind
from approvals.visible_text import is_blank
from workflows import json_gate
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONValue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 10_000
COMMENTED = "commented"


def comment(*, approval_id: str, caller: Caller, text: str) -> ApprovalComment:
    """Say something; whoever may see the approval may, and reads it."""
    return act_on(approval_id, caller, lambda held: _comment(held, text))


def reason(held: Held, text: str) -> ApprovalComment:
    """Keep why an operator does something; without one nothing is done."""
    return write(held, CommentKind.REASON, text, field="reason")


def digest(text: str) -> str:
    """What the audit row of an act keeps of the words that came with it."""
    return json_gate.digest(text)


def write(
    held: Held,
    kind: CommentKind,
    text: str,
    *,
    patch: Sequence[JSONValue] = (),
    addressee: User | None = None,
    field: str = "text",
) -> ApprovalComment:
    """Keep what was said with an act that leaves its own audit row."""
    said = said_in(text, field)
    return ApprovalComment.objects.create(
        approval=held.approval,
        version=held.approval.version,
        author=held.caller.user,
        kind=kind,
        addressee=addressee,
        text=said,
        patch=json_gate.dumps(list(patch)),
        at=held.caller.now,
    )


def said_in(text: str, field: str = "text") -> str:
    """The text, or ``SchemaMismatch``: nothing to read, too long, or not storable."""
    if is_blank(text):
        raise _unfit(_("Write something that can be read."), field)
    if len(text) > LONGEST:
        words = _("This is longer than %(longest)s characters.")
        raise _unfit(words % {"longest": LONGEST}, field)
    json_gate.check(text)
    return text


def _comment(held: Held, text: str) -> ApprovalComment:
    require(permits.to_comment(held.person, held.asked))
    written = write(held, CommentKind.COMMENT, text)
    note(held, COMMENTED, after=digest(text))
    return written


def _unfit(words: str, field: str) -> SchemaMismatch:
    return SchemaMismatch(words, [{"loc": [field], "msg": words, "type": "text"}])
