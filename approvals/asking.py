"""A question to one colleague before one decides: a comment that names its reader.

The colleague gets a mail and answers by a comment. Who may decide stays as it was.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from approvals import colleagues, comments, permits
from approvals.locking import Caller, Held, act_on, note, require
from approvals.models import ApprovalComment
from approvals.notifications import causes
from approvals.rule_models import CommentKind
from workflows.errors import SchemaMismatch


def ask(
    *, approval_id: str, caller: Caller, username: str, text: str
) -> ApprovalComment:
    """Ask a colleague who was asked to decide as well; both may see the approval."""
    return act_on(approval_id, caller, lambda held: _ask(held, username, text))


def _ask(held: Held, username: str, text: str) -> ApprovalComment:
    require(permits.to_ask(held.person, held.asked))
    circle = colleagues.asked_as_well(held.caller.user, held.asked)
    colleague = circle.filter(username=username).first()
    if colleague is None:
        # A stranger gets no other answer: nobody learns here which accounts exist.
        message = _("%(name)s is not among the people who were asked.")
        words = message % {"name": username}
        raise SchemaMismatch(
            words, [{"loc": ["username"], "msg": words, "type": "not_asked"}]
        )
    question = comments.write(held, CommentKind.QUESTION, text, addressee=colleague)
    now, by = held.caller.now, held.caller.user.pk
    causes.colleague_asked(held.approval.pk, by=by, at=now, to=colleague.pk)
    note(
        held,
        CommentKind.QUESTION,
        outcome=colleague.get_username(),
        after=comments.digest(text),
    )
    return question
