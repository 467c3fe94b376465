"""The settings as a process meets them, from nothing and from a full environment."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from channels_redis.core import RedisChannelLayer

from workflows import conf

ROOT = Path(__file__).resolve().parents[2]
PRINT = """
import json
from config import settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}, default=str))
"""


def run(
    tmp_path: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that knows no variable but these."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path),
            "STATIC_ROOT": str(tmp_path),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings(tmp_path: Path, *names: str, **environment: str) -> dict[str, object]:
    done = run(tmp_path, "-c", PRINT.format(names=names), **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_defaults_are_the_safe_ones(tmp_path: Path) -> None:
    names = ("DEBUG", "ALLOWED_HOSTS", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_AGE")
    assert settings(tmp_path, *names) == {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_AGE": 12 * 60 * 60,
    }


def test_without_a_key_one_is_made_and_kept(tmp_path: Path) -> None:
    first = settings(tmp_path, "SECRET_KEY")
    assert settings(tmp_path, "SECRET_KEY") == first
    assert (tmp_path / "secret_key").is_file()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://db.example/shop"),
        ("REDIS_URL", "6379"),
        ("STEP_THREADS", "0"),
        ("LEASE", "soon"),
        ("CSRF_TRUSTED_ORIGINS", "a.example"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(
    tmp_path: Path, name: str, value: str
) -> None:
    done = run(tmp_path, "manage.py", "check", **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name} must be" in done.stderr


def test_behind_tls_the_deployment_check_has_nothing_to_say(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        BEHIND_TLS="true",
        ALLOWED_HOSTS="approvals.example",
    )
    assert done.returncode == 0, done.stderr


def test_behind_tls_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert settings(tmp_path, *names, BEHIND_TLS="true") == {
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
    }


def test_with_redis_the_worker_leaves_the_web_process(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        *("WORKFLOWS", "CHANNEL_LAYERS"),
        REDIS_URL="redis://127.0.0.1:6379/0",
    )
    layer = found["CHANNEL_LAYERS"]["default"]  # type: ignore[index]
    assert layer["BACKEND"] == "channels_redis.core.RedisChannelLayer"
    [host] = layer["CONFIG"]["hosts"]
    assert host["socket_timeout"] > RedisChannelLayer.brpop_timeout
    assert found["WORKFLOWS"]["EMBEDDED_WORKER"] is False  # type: ignore[index]


def test_a_site_without_the_extras_needs_no_redis_library(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(redis=None, channels_redis=None, celery=None);"
        "import config.asgi"
    )
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_pool_is_larger_than_the_step_threads(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        "DATABASES",
        DATABASE_URL="postgresql://me@db.example/shop",
        STEP_THREADS="50",
    )
    database = found["DATABASES"]["default"]  # type: ignore[index]
    assert database["OPTIONS"]["pool"]["max_size"] > 50
    assert database["CONN_MAX_AGE"] == 0


def test_sqlite_reports_every_setting_as_it_was_asked_for(tmp_path: Path) -> None:
    code = """
import django
django.setup()
from django.db import connection
names = "journal_mode", "synchronous", "mmap_size", "cache_size", "temp_store"
with connection.cursor() as cursor:
    for name in names:
        cursor.execute(f"PRAGMA {name}")
        print(name, cursor.fetchone()[0])
    cursor.execute("PRAGMA busy_timeout")
    print("busy_timeout", cursor.fetchone()[0])
print("mode", connection.transaction_mode)
"""
    done = run(tmp_path, "-c", code, DJANGO_SETTINGS_MODULE="config.settings")
    assert done.stdout.split("\n")[:-1] == [
        "journal_mode wal",
        "synchronous 2",
        "mmap_size 134217728",
        "cache_size -20000",
        "temp_store 2",
        "busy_timeout 20000",
        "mode IMMEDIATE",
    ], done.stderr


def test_the_lock_names_no_place_and_hashes_everything() -> None:
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock
    pinned = re.findall(r"^[a-z0-9-]+==\S+", lock, flags=re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pinned) > 100
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_holds_whatever_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    wanted += project["dependency-groups"]["dev"]
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    for requirement in wanted:
        name = re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}==", lock, flags=re.MULTILINE), name


def test_the_settings_say_what_the_engine_would_do_without_them(
    tmp_path: Path,
) -> None:
    given = settings(tmp_path, "WORKFLOWS")["WORKFLOWS"]
    assert isinstance(given, dict)
    assert {name: given[name] for name in conf.DEFAULTS} == conf.DEFAULTS
