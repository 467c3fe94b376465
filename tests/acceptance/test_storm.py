"""Sixteen processes answer the same hundred questions: each is answered once."""

import json
import subprocess
import sys
from typing import Any

from tests.servers import ROOT, ServerFactory, ServerProcess

QUESTIONS = 100
PEOPLE = 16


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


def test_of_all_answers_to_a_question_exactly_one_is_taken(
    server_factory: ServerFactory,
) -> None:
    server = server_factory.create()
    assert storm(server, "ask", QUESTIONS, PEOPLE) == {"open": QUESTIONS}
    assert storm(server, "answer", PEOPLE) == {
        "won": QUESTIONS,
        "lost": QUESTIONS * (PEOPLE - 1),
    }
    assert storm(server, "finish") == {
        "decisions": QUESTIONS,
        "audit rows": QUESTIONS,
        "chain": QUESTIONS,
        "resumed": QUESTIONS,
        "continued": QUESTIONS,
        "finished": QUESTIONS,
        "heard the winner": QUESTIONS,
        "open": 0,
        "withdrawn": 0,
        "canceled by somebody": 0,
        "audited as decided": QUESTIONS,
    }


def test_a_question_is_either_answered_or_withdrawn_with_its_run(
    server_factory: ServerFactory,
) -> None:
    server = server_factory.create()
    storm(server, "ask", QUESTIONS, PEOPLE)
    said = storm(server, "answer", PEOPLE, 2)
    left = storm(server, "finish")
    won, withdrawn = said.pop("won", 0), left["withdrawn"]
    assert won == left["decisions"] == left["audited as decided"] == left["resumed"]
    assert won + withdrawn == QUESTIONS == left["canceled by somebody"]
    assert left["chain"] == left["audit rows"] == won + QUESTIONS
    assert said == {
        "lost": won * (PEOPLE - 1),
        "run moved on, withdrawn": withdrawn * PEOPLE,
    }
    assert left["open"] == 0
    assert left["continued"] <= won
    assert 0 < withdrawn < QUESTIONS
