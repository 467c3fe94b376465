"""What is missing is said aloud, and where nothing may be missing it fails."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.__main__ import described

ROOT = Path(__file__).resolve().parents[2]
NEEDS_REDIS = "def test_needs_redis(redis_url: str) -> None: ...\n"
NEEDS_DATABASE = """
import pytest

def test_needs_nothing() -> None: ...

@pytest.mark.django_db
def test_needs_a_database() -> None: ...

@pytest.mark.django_db
@pytest.mark.one_database
def test_needs_any_database() -> None: ...

@pytest.mark.long
def test_needs_time() -> None: ...
"""


def run(
    tmp_path: Path, code: str, *arguments: str, **environment: str
) -> tuple[int, dict[str, object]]:
    """The exit code and the totals of a suite that consists of this code."""
    (tmp_path / "test_sample.py").write_text(code)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--noconftest"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *options, f"--rootdir={ROOT}"),
            *("-c", str(ROOT / "pyproject.toml"), f"--totals={tmp_path / 'totals'}"),
            *(*arguments, str(tmp_path)),
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "TEST_REDIS_URL": "redis://127.0.0.1:1/0",
            "TEST_POSTGRES_URL": "postgresql://nobody@127.0.0.1:1/none",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (tmp_path / "totals").exists(), done.stdout + done.stderr
    return done.returncode, json.loads((tmp_path / "totals").read_text())


def test_a_missing_service_skips_the_tests_that_need_it(tmp_path: Path) -> None:
    code, totals = run(tmp_path, NEEDS_REDIS)
    assert code == 0
    assert totals == {
        "passed": 0,
        "failed": 0,
        "skipped": {"no Redis (TEST_REDIS_URL)": 1},
    }


def test_where_everything_is_required_a_skip_is_a_failure(tmp_path: Path) -> None:
    code, totals = run(tmp_path, NEEDS_REDIS, REQUIRE_ALL="1")
    assert code == 1
    assert totals == {"passed": 0, "failed": 1, "skipped": {}}


def test_a_module_that_skips_itself_is_a_failure_there_too(tmp_path: Path) -> None:
    skipping = "import pytest\npytest.importorskip('no_such_module')\n"
    code, totals = run(tmp_path, skipping, REQUIRE_ALL="1")
    assert code != 0
    assert totals["failed"] == 1


def test_the_second_pass_repeats_only_what_depends_on_the_database(
    tmp_path: Path,
) -> None:
    code, totals = run(tmp_path, NEEDS_DATABASE, TEST_DATABASE="postgresql")
    assert code == 0
    assert totals["passed"] == 0
    assert totals["skipped"] == {"no PostgreSQL (TEST_POSTGRES_URL)": 1}


def test_long_tests_run_alone_and_only_when_asked_for(tmp_path: Path) -> None:
    _, totals = run(tmp_path, NEEDS_DATABASE.replace("django_db", "one_database"))
    assert totals["passed"] == 3
    _, totals = run(tmp_path, NEEDS_DATABASE, "--long")
    assert totals["passed"] == 1


def test_the_last_line_says_how_many_were_skipped_and_why() -> None:
    skipped = Counter({"no Redis": 2, "no Chromium": 1})
    assert described(skipped) == ", 3 skipped (2: no Redis; 1: no Chromium)"
    assert described(Counter()) == ""
