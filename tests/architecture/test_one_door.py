"""One door for every answer: whatever can decide, decides by ``decisions.decide``.

The product's source is read as a graph: each function, class and table of a module, and
which others it names. From every route, socket, command and admin page one follows what
it names, and sees which of them come to the vote, and by which way.
"""

import ast
import importlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import PurePath
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.source import product_modules, tree

Node = tuple[str, str]  # module and name

DOOR = ("approvals.decisions", "decide")
VOTE = ("approvals.decisions", "_vote")
RESUME = ("approvals.decisions", "resume_run")
# What decides, and nothing else does. Whoever adds a way adds it here.
WAYS = {
    "route approvals-rest:decide",
    "route approvals-rest:bulk-decide",
    "route approvals:bulk",
    "route approvals:decision",
    "route approvals:link",
    "command decide",
}


def modules() -> dict[str, str]:
    """Paths of the product's modules by their names."""
    found = {}
    for path in product_modules("approvals", "workflows", "config"):
        parts = list(PurePath(path).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def graph() -> dict[Node, set[Node]]:
    """Everything that stands at the top of a module, and what of it names what."""
    known = {
        (module, name)
        for module, path in modules().items()
        for name, _ in definitions(path)
    }
    edges: dict[Node, set[Node]] = {}
    for module, path in modules().items():
        names = imported(module, path)
        for name, node in definitions(path):
            named = set(mentioned(node, module, names))
            edges.setdefault((module, name), set()).update(named & known)
    return edges


def definitions(path: str) -> Iterator[tuple[str, ast.AST]]:
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, node


def imported(module: str, path: str) -> dict[str, Node]:
    """What the names of a module stand for: a thing of another one, or a module."""
    names: dict[str, Node] = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = (node.module, alias.name)
    return names


def mentioned(node: ast.AST, module: str, names: dict[str, Node]) -> Iterator[Node]:
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name):
                yield names.get(name, (module, name))
            case ast.Attribute(attr=name, value=ast.Name(id=owner)) if owner in names:
                package, imported_name = names[owner]
                yield f"{package}.{imported_name}", name


def reached(start: Node, *, without: Node | None = None) -> set[Node]:
    """All that one comes to from here, past whatever is taken away."""
    seen, todo = {start}, [start]
    while todo:
        for node in graph().get(todo.pop(), ()):
            if node not in seen and node != without:
                seen.add(node)
                todo.append(node)
    return seen


def entries() -> Iterator[tuple[str, Node]]:
    """Every way in from outside, by a name that people use."""
    for name, called in routes(get_resolver(), ""):
        view: Any = getattr(called, "cls", None) or called
        yield f"route {name}", (view.__module__, view.__qualname__.split(".")[0])
    for name, app in get_commands().items():
        if app.split(".")[0] in ("approvals", "workflows", "config"):
            command = type(load_command_class(app, name))
            yield f"command {name}", (command.__module__, command.__name__)
    for model, page in admin.site._registry.items():
        yield f"admin {model.__name__}", (type(page).__module__, type(page).__name__)
    live = importlib.import_module("approvals.live")
    for pattern in live.websocket_urlpatterns:
        consumer = pattern.callback.consumer_class
        yield f"socket {consumer.__name__}", (consumer.__module__, consumer.__name__)


def routes(
    resolver: URLResolver, prefix: str
) -> Iterator[tuple[str, Callable[..., object]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from routes(entry, prefix + inner)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name or entry.pattern}", entry.callback


def test_whatever_can_decide_does_so_by_the_one_door() -> None:
    deciding = {name for name, node in entries() if DOOR in reached(node)}
    assert deciding == WAYS


@pytest.mark.parametrize("sink", [VOTE, RESUME], ids=["vote", "resume"])
def test_nobody_comes_to_the_vote_past_the_door(sink: Node) -> None:
    past = [name for name, node in entries() if sink in reached(node, without=DOOR)]
    assert past == []
    assert sink in reached(DOOR)


def test_only_the_decisions_make_votes_and_resume_for_people() -> None:
    making = {
        (module, name)
        for module, path in modules().items()
        if module.startswith("approvals.")
        for name, node in definitions(path)
        if any(makes_vote(part) for part in ast.walk(node))
    }
    assert making == {VOTE, RESUME}


def makes_vote(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="Decision")):
            return True
        case ast.Call(func=ast.Attribute(attr="resume" | "aresume")):
            return True
        case ast.Call(
            func=ast.Attribute(
                attr="create" | "bulk_create" | "get_or_create",
                value=ast.Attribute(value=ast.Name(id="Decision")),
            )
        ):
            return True
    return False


def test_every_way_in_is_found() -> None:
    found = {name for name, _ in entries()}
    assert {"socket InboxConsumer", "admin Decision", "route approvals:act"} <= found
    assert all(node in graph() for name, node in entries() if name in WAYS)
