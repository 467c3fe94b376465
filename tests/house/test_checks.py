"""The start-up check sees SQLite settings that could lose a decision."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from config import settings
old, new = sys.argv[1:]
options = settings.DATABASES["default"]["OPTIONS"]
options["init_command"] = options["init_command"].replace(old, new)
if options["transaction_mode"] == old:
    options["transaction_mode"] = new
import django
django.setup()
from django.core.checks import run_checks
print([message.id for message in run_checks(databases=["default"])])
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("FULL", "FULL", []),
        ("synchronous=FULL", "synchronous=NORMAL", ["config.E001"]),
        ("journal_mode=WAL", "journal_mode=DELETE", ["config.E001"]),
        ("IMMEDIATE", "DEFERRED", ["config.E002"]),
    ],
)
def test_a_weaker_setting_is_an_error(
    tmp_path: Path, old: str, new: str, found: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, old, new],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path),
            "STATIC_ROOT": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == str(found), done.stderr
