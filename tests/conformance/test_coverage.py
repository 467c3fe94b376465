"""No case is dropped silently."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

HERE = Path(__file__).parent


def known() -> list[str]:
    files = sorted((HERE / "cases").glob("*.yaml"))
    return [case["id"] for file in files for case in yaml.safe_load(file.read_text())]


def covered() -> Iterator[str]:
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="case"), args=[ast.Constant(value=id)]):
                    yield str(id)


def listed() -> dict[str, str]:
    reasons: dict[str, str] = yaml.safe_load((HERE / "not_ours.yaml").read_text())
    return reasons


def test_every_case_is_tested_or_listed_with_a_reason() -> None:
    assert set(known()) - set(covered()) - set(listed()) == set()


def test_no_case_is_both_tested_and_listed() -> None:
    assert set(covered()) & set(listed()) == set()


def test_tests_and_list_name_only_cases_there_are() -> None:
    assert (set(covered()) | set(listed())) - set(known()) == set()


def test_case_ids_are_unique_and_tested_once() -> None:
    assert [id for id, n in Counter(known()).items() if n > 1] == []
    assert [id for id, n in Counter(covered()).items() if n > 1] == []


def test_each_reason_says_something() -> None:
    assert [id for id, reason in listed().items() if len(reason.split()) < 4] == []
