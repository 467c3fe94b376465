"""Habits of the code that a reader relies on, checked on every module."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, functions, product_modules, tree

ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}
MAY_LOOK = {"config/env.py"}
# These come before the settings, which they name for Django.
MAY_NAME_THE_SETTINGS = {"manage.py", "config/asgi.py", "config/celery.py"}
# Django calls `ready` when models may be imported, Python `__getattr__` when a
# package's lazy name is asked for.
MAY_IMPORT_LATE = {"ready", "__getattr__"}
LONGEST_MODULE = 400
EVERYTHING = [*product_modules(), *product_modules("tests", "benchmarks"), "manage.py"]


@pytest.mark.parametrize("path", [*product_modules(), "manage.py"])
def test_only_env_reads_the_environment(path: str) -> None:
    if path not in MAY_LOOK:
        assert list(looks_at_environment(path)) == []


@pytest.mark.parametrize("path", EVERYTHING)
def test_no_module_is_longer_than_a_reader_can_hold(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE


@pytest.mark.parametrize("path", product_modules())
def test_imports_stand_at_the_top(path: str) -> None:
    late = [
        f"line {node.lineno}"
        for function in functions(path)
        if function.name not in MAY_IMPORT_LATE
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def looks_at_environment(path: str) -> Iterator[str]:
    allowed = {
        id(call.func.value)
        for call in ast.walk(tree(path))
        if path in MAY_NAME_THE_SETTINGS
        and isinstance(call, ast.Call)
        and ast.unparse(call.func) == "os.environ.setdefault"
        and ast.unparse(call.args[0]) == "'DJANGO_SETTINGS_MODULE'"
        and isinstance(call.func, ast.Attribute)
    }
    for node in ast.walk(tree(path)):
        match node:
            case ast.Attribute(attr=name) if name in ENVIRONMENT:
                if id(node) not in allowed:
                    yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.ImportFrom(module="os", names=imported):
                for alias in imported:
                    if alias.name in ENVIRONMENT:
                        yield f"line {node.lineno}: from os import {alias.name}"
