"""Run the suite on SQLite, then what touches the database on PostgreSQL.

The last line sums up both passes. Further arguments go to pytest.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

DATABASES = ("sqlite", "postgresql")
# One more than there are cores: many tests wait, for servers, browsers and clocks.
WORKERS = min(4, (os.cpu_count() or 1) + 1)
# What a file has set up is set up once, and files begin in the order of `conftest`.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    passed = failed = 0
    skipped: Counter[str] = Counter()
    broken = False
    with tempfile.TemporaryDirectory() as directory:
        for database in DATABASES:
            path = Path(directory) / database
            code = run(database, [f"--totals={path}", *arguments])
            broken |= code not in (0, NOTHING_COLLECTED)
            totals = json.loads(path.read_text()) if path.exists() else {}
            passed += totals.get("passed", 0)
            failed += totals.get("failed", 0)
            skipped.update(totals.get("skipped", {}))
    print(f"{passed} passed, {failed} failed{described(skipped)}")
    return int(broken)


def run(database: str, arguments: list[str]) -> int:
    """One pass in a process of its own, because settings are read only once."""
    print(f"\n=== {database} ===", flush=True)
    spread = ["-n", str(WORKERS), *BY_FILE] if WORKERS > 1 else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", *spread, *arguments],
        env={**os.environ, "TEST_DATABASE": database},
        check=False,
    ).returncode


def described(skipped: Counter[str]) -> str:
    if not skipped:
        return ""
    reasons = "; ".join(f"{number}: {reason}" for reason, number in skipped.items())
    return f", {skipped.total()} skipped ({reasons})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
