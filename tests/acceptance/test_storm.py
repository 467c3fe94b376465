"""Sixteen processes answer the same questions: each is answered once."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.servers import ROOT, ServerFactory, ServerProcess

PEOPLE = 16
QUESTIONS = pytest.mark.parametrize(
    "questions", [50, pytest.param(100, marks=pytest.mark.long)]
)


def storm(server: ServerProcess, *arguments: object) -> dict[str, Any]:
    """One act of the storm, in a process of its own with the product's settings."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.storm", *map(str, arguments)],
        cwd=ROOT,
        env={**server.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@QUESTIONS
def test_of_all_answers_to_a_question_exactly_one_is_taken(
    questions: int, server_factory: ServerFactory
) -> None:
    server = server_factory.create()
    assert storm(server, "ask", questions, PEOPLE) == {"open": questions}
    assert storm(server, "answer", PEOPLE) == {
        "won": questions,
        "lost": questions * (PEOPLE - 1),
    }
    assert storm(server, "finish") == all_answered_once(questions)


def all_answered_once(questions: int) -> dict[str, int]:
    return {
        "decisions": questions,
        "audit rows": questions,
        "chain": questions,
        "resumed": questions,
        "continued": questions,
        "finished": questions,
        "heard the winner": questions,
        "open": 0,
        "withdrawn": 0,
        "canceled by somebody": 0,
        "audited as decided": questions,
    }


@QUESTIONS
def test_a_question_is_either_answered_or_withdrawn_with_its_run(
    questions: int, server_factory: ServerFactory
) -> None:
    server = server_factory.create()
    storm(server, "ask", questions, PEOPLE)
    said = storm(server, "answer", PEOPLE, 2)
    left = storm(server, "finish")
    won, withdrawn = said.pop("won", 0), left["withdrawn"]
    assert won == left["decisions"] == left["audited as decided"] == left["resumed"]
    assert won + withdrawn == questions == left["canceled by somebody"]
    assert left["chain"] == left["audit rows"] == won + questions
    assert said == {
        "lost": won * (PEOPLE - 1),
        "run moved on, withdrawn": withdrawn * PEOPLE,
    }
    assert left["open"] == 0
    assert left["continued"] <= won
    assert 0 < withdrawn < questions
