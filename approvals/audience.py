"""Who may hear of what: asked in the database at the moment it matters."""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.utils.crypto import constant_time_compare

from approvals import inbox
from approvals.errors import ApprovalNotFound
from approvals.models import Approval, ApprovalCandidate
from approvals.persons import ASSIGN, VIEW_ALL, Person, Principal, person_of
from workflows.errors import RunNotFound
from workflows.rest import access
from workflows.rows import execute, select_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EVERYTHING = "inbox.everything"
# Plain SQL, because every change of an approval asks it.
CONCERNED = (
    f"SELECT user_id, group_id FROM {ApprovalCandidate._meta.db_table} "
    "WHERE approval_id = %s UNION ALL "
    f"SELECT initiator_id, NULL FROM {Approval._meta.db_table} "
    "WHERE id = %s AND initiator_id IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A person at a socket, and the session that let them in."""

    user_id: int
    session_key: str


def listener(scope: Any) -> Listener | None:
    """Who opened this socket; `None` for a stranger."""
    user, session = scope.get("user"), scope.get("session")
    if user is None or not user.is_authenticated or not session:
        return None
    return Listener(user_id=user.pk, session_key=session.session_key or "")


def present(listener: Listener) -> "User | None":
    """The person, if the account is active and the session not ended, as of now."""
    for user in select_rows(get_user_model(), "id", [listener.user_id]):
        if user.is_active and _session_holds(listener, user):
            return user
    return None


def inbox_groups(user: "User") -> list[str]:
    """The channel groups of a person: their own, and one for each of their groups."""
    person = person_of(user)
    # Whoever stands in for somebody hears what they would hear.
    own: list[Person | Principal] = [person, *person.principals]
    groups = {group_group(pk) for each in own for pk in each.groups}
    sees_all = user.has_perm(VIEW_ALL) or user.has_perm(ASSIGN)
    everything = [EVERYTHING] if sees_all else []
    people = [user_group(each.id) for each in own if each.id is not None]
    return [*people, *groups, *everything]


def groups_to_tell(approval_id: str) -> list[str]:
    """The channel groups of everybody who may see this approval."""
    pairs = execute(CONCERNED, [approval_id, approval_id]).fetchall()
    told = [group_group(group) if group else user_group(user) for user, group in pairs]
    return sorted({*told, EVERYTHING})


def may_see_approval(user: "User", approval_id: str) -> bool:
    """Whether its page would open."""
    try:
        inbox.get_visible(user, approval_id)
    except ApprovalNotFound:
        return False
    return True


def may_see_run(user: "User", run_id: str) -> bool:
    """Whether its page would open."""
    try:
        access.visible_run(user, run_id)
    except RunNotFound:
        return False
    return True


def user_group(pk: int) -> str:
    return f"inbox.user.{pk}"


def group_group(pk: int) -> str:
    return f"inbox.group.{pk}"


def run_group(run_id: str) -> str:
    """A group name for any run id; ids may hold what group names may not."""
    return f"run.{hashlib.sha256(run_id.encode()).hexdigest()[:40]}"


def _session_holds(listener: Listener, user: "User") -> bool:
    store = import_module(settings.SESSION_ENGINE).SessionStore(listener.session_key)
    held = store.load()
    if held.get(SESSION_KEY) != str(user.pk):
        return False
    known = held.get(HASH_SESSION_KEY, "")
    return constant_time_compare(known, user.get_session_auth_hash())
