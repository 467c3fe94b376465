"""Each app has few modules that write its tables, and no other module does."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import product_modules, tree

OWNERS = {
    "workflows/rows.py",  # composes the statements of those who own a table
    "workflows/run_rows.py",
    "workflows/schedules.py",
    "workflows/store.py",
    "workflows/rest/idempotency.py",  # its own table of answers to repeat
    "workflows/rest/tokens.py",  # the token library's table
    "approvals/assigning.py",
    "approvals/audit.py",
    "approvals/change_requests.py",
    "approvals/claiming.py",
    "approvals/closing.py",
    "approvals/comments.py",
    "approvals/deadlines.py",
    "approvals/decisions.py",
    "approvals/delegations.py",
    "approvals/drafts.py",
    "approvals/due_dates.py",
    "approvals/files.py",  # its own table of uploaded files
    "approvals/hooks.py",
    "approvals/looks.py",
    "approvals/openings.py",  # what a search finds an edited proposal by
    "approvals/saved_views.py",
    "approvals/separation.py",
    "approvals/reservations.py",
    "approvals/snoozing.py",
    "approvals/staffing.py",  # the flag that nobody can decide
    "approvals/stale_claims.py",
    "approvals/notifications/links.py",
    "approvals/notifications/locales.py",
    "approvals/notifications/outbox.py",
    "approvals/notifications/preferences.py",
}
ROW_METHODS = {
    *("create", "bulk_create", "get_or_create", "update_or_create"),
    *("bulk_update", "delete", "save"),
}
WRITES = ROW_METHODS | {f"a{name}" for name in ROW_METHODS}
UPDATES = {"update", "aupdate"}
SQL = re.compile(
    r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE)\b", re.IGNORECASE
)


@pytest.mark.parametrize("path", product_modules("workflows", "approvals", "config"))
def test_only_the_owning_modules_write_rows(path: str) -> None:
    if path not in OWNERS:
        assert list(writes_in(tree(path))) == []


@pytest.mark.parametrize("path", sorted(OWNERS))
def test_every_owner_is_seen_writing(path: str) -> None:
    assert list(writes_in(tree(path)))


@pytest.mark.parametrize(
    "code",
    [
        "Run.objects.create(id=1)",
        "await Run.objects.acreate(id=1)",
        "run.save()",
        "insert_rows(Run, [run])",
        "Run.objects.filter(pk=1).update(status='x')",
        "rows = Run.objects.all()\nrows.update(status='x')",
        "cursor.execute('insert into run values (1)')",
        "cursor.execute(f'UPDATE {table} SET head = 1')",
    ],
)
def test_a_write_is_recognised(code: str) -> None:
    assert list(writes_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "known = {}\nknown.update(a=1)",
        "self._known.update(other)",
        "hashlib.sha256().update(b'x')",
        "'An update sets nothing'",
        "from workflows import run_rows\nrun_rows.delete('r-1')",
    ],
)
def test_what_is_no_write_to_a_table_passes(code: str) -> None:
    assert list(writes_in(ast.parse(code))) == []


def writes_in(module: ast.Module) -> Iterator[str]:
    querysets = set(_names_of_querysets(module))
    modules = set(_names_of_modules(module))
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner))) if (
                owner in modules
            ):
                continue
            case ast.Call(func=ast.Name(id="insert_rows")):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITES:
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Call(func=ast.Attribute(attr=name, value=target)) if (
                name in UPDATES and _is_queryset(target, querysets)
            ):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Constant(value=str(text)) if SQL.search(text):
                yield f"line {node.lineno}: {text}"
            case ast.JoinedStr() if SQL.search(_flat(node)):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def _names_of_modules(module: ast.Module) -> Iterator[str]:
    """Modules of ours that were imported whole, such as `store`: they may write."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module in (
            "workflows",
            "approvals",
        ):
            yield from (a.asname or a.name for a in node.names if a.name.islower())


def _names_of_querysets(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and _is_queryset(node.value, set()):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def _is_queryset(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression starts from a manager, by itself or through a name."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in ("objects", "filter"):
            return True
    return isinstance(node, ast.Name) and node.id in names


def _flat(node: ast.JoinedStr) -> str:
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "x"
        for part in node.values
    )
