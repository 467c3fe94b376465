"""What the README says is tried here: the workflow to paste, the tables, the links."""

import re
from code import InteractiveConsole
from pathlib import Path

import pytest

from workflows import Run
from workflows.testing import isolated_registry

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def first_workflow() -> list[str]:
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def journal_drawn() -> list[str]:
    """The events in the picture of how it works."""
    return re.findall(r"\d workflow-[a-z-]+", README)


@pytest.mark.django_db
def test_the_first_workflow_works_when_pasted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = InteractiveConsole()
    with isolated_registry():
        for line in [*first_workflow(), ""]:
            console.push(line)

    out, err = capsys.readouterr()
    assert err == ""
    printed = out.splitlines()
    assert printed[-2:] == ["suspended", "{'days': 3}"]
    run = console.locals["run"]
    assert isinstance(run, Run)
    assert [f"{event.seq} {event.type}" for event in run.events()] == journal_drawn()


def test_the_first_workflow_is_about_twenty_lines_long() -> None:
    assert len([line for line in first_workflow() if line]) <= 20


def test_the_readme_stays_under_two_hundred_lines() -> None:
    assert README.count("\n") < 200


def test_every_variable_of_the_environment_is_explained() -> None:
    settings = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    explained = set(re.findall(r"`([A-Z_]+)`", README))

    assert read <= explained


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("examples/*/README.md"))),
        "docs/quickstart.md",
        "docs/contributing.md",
    ],
)
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [
        link for link in links if not (ROOT / page).parent.joinpath(link).exists()
    ]

    assert missing == []
