"""The people of the demo, their groups, and what each group may do."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

DOMAIN = "demo.example"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else

PERMISSIONS = {
    "employees": ("start_run",),
    "managers": (),
    "finance": (),
    "platform-on-call": (),
    "support-leads": (),
    "operators": ("view_run", "operate_run", "assign_approval"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One demo account. Who has no role submits requests and never signs in."""

    username: str
    name: str
    groups: tuple[str, ...] = ("employees",)
    role: str = ""


PEOPLE = (
    Person(
        username="alice",
        name="Alice Okafor",
        groups=("employees", "managers"),
        role=_("manager: begin with her, most kinds of request wait here"),
    ),
    Person(
        username="bob",
        name="Bob Lindqvist",
        groups=("employees", "managers"),
        role=_("manager: the second one, for claims that Alice made herself"),
    ),
    Person(
        username="farah",
        name="Farah Siddiqui",
        groups=("employees", "finance"),
        role=_("finance: agrees to large claims"),
    ),
    Person(
        username="georg",
        name="Georg Brandt",
        groups=("employees", "finance"),
        role=_("finance: the second one"),
    ),
    Person(
        username="mei",
        name="李梅",
        groups=("employees", "platform-on-call"),
        role=_("on call: grants production access"),
    ),
    Person(
        username="dan",
        name="Dan Whitaker",
        groups=("employees", "platform-on-call"),
        role=_("on call: the second one"),
    ),
    Person(
        username="nadia",
        name="Nadia Benali",
        groups=("employees", "support-leads"),
        role=_("support lead: edits and sends refunds"),
    ),
    Person(
        username="jonas",
        name="Jonas Petersen",
        groups=("employees", "support-leads"),
        role=_("support lead: the second one"),
    ),
    Person(
        username="carol",
        name="Carol Jimenez",
        role=_("employee: submits, and may decide nothing"),
    ),
    Person(
        username="oskar",
        name="Oskar Lund",
        groups=("operators",),
        role=_("operator: sees all runs, cancels and restarts"),
    ),
    Person(username="admin", name="Admin", groups=(), role=_("administrator: /admin/")),
    Person(username="tomas", name="Tomás Herrera"),
    Person(username="lena", name="Lena Vogt"),
    Person(username="amara", name="Amara Nwosu"),
    Person(username="piotr", name="Piotr Zieliński"),
    Person(username="yuki", name="田中 由紀"),
    Person(username="sofia", name="София Иванова"),
    Person(username="omar", name="عمر حداد"),
    Person(username="refund-agent", name="Refund agent"),
)
SIGN_INS = tuple(person for person in PEOPLE if person.role)


def strangers_live_here() -> bool:
    """Whether the database has accounts, and none of them is the demo's."""
    if User._meta.db_table not in connection.introspection.table_names():
        return False
    return User.objects.exists() and not _demo_users().exists()


def who_can_sign_in() -> tuple[Person, ...]:
    """The accounts of the demo that are here; none on any other site."""
    here = set(_demo_users().values_list("username", flat=True))
    return tuple(person for person in SIGN_INS if person.username in here)


@transaction.atomic
def make_people() -> set[str]:
    """Make the groups and accounts that are missing; returns the new usernames."""
    groups = {name: _group(name) for name in PERMISSIONS}
    existing = set(User.objects.values_list("username", flat=True))
    missing = [person for person in PEOPLE if person.username not in existing]
    for person in missing:
        user = User.objects.create_user(
            username=person.username,
            email=f"{person.username}@{DOMAIN}",
            first_name=person.name,
            is_staff=person.username == "admin",
            is_superuser=person.username == "admin",
        )
        user.groups.set(groups[name] for name in person.groups)
    return {person.username for person in missing}


def set_passwords(usernames: set[str]) -> dict[str, str]:
    """Give those who sign in new random passwords, and return them: the only copy."""
    chosen = [p.username for p in SIGN_INS if p.username in usernames]
    passwords = {username: _password() for username in chosen}
    with ThreadPoolExecutor() as pool:  # hashing is slow on purpose, and frees the GIL
        hashes = list(pool.map(make_password, passwords.values()))
    for username, hashed in zip(chosen, hashes, strict=True):
        _demo_users().filter(username=username).update(password=hashed)
    return passwords


def _demo_users() -> QuerySet[User]:
    return User.objects.filter(email__endswith=f"@{DOMAIN}")


def _group(name: str) -> Group:
    group, created = Group.objects.get_or_create(name=name)
    if created:
        group.permissions.set(
            Permission.objects.filter(
                content_type__app_label__in=("workflows", "approvals"),
                codename__in=PERMISSIONS[name],
            )
        )
    return group


def _password() -> str:
    """Twelve random characters (59 bits) in three blocks, easy to type."""
    block = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
    return "-".join(block)
