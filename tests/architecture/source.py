"""Reading the project's own source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("config", "workflows", "approvals", "examples")


def product_modules(*packages: str) -> list[str]:
    """Paths of the product's modules, relative to the root; migrations don't count."""
    found = [
        str(path.relative_to(ROOT))
        for package in packages or PRODUCT
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    return [path for path in found if "/migrations/" not in path]


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def functions(path: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
