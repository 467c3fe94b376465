"""Typed readers of the environment: the only module that looks at it.

A variable that is absent or empty gives the default. A malformed value raises
`ImproperlyConfigured` with the variable's name, so that a typing error stops the
start instead of switching something off.
"""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
POSTGRESQL_SCHEMES = ("postgresql", "postgres")


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name)
    if not value:
        return default
    if value.lower() not in BOOLEANS:
        raise _malformed(name, "true or false")
    return BOOLEANS[value.lower()]


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number that is not below `least`."""
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise _malformed(name, f"a whole number from {least} up")
    return int(value)


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas; blanks and empty items don't count."""
    given = [item.strip() for item in text(name).split(",")]
    return [item for item in given if item] or list(default)


def mapping(name: str) -> dict[str, str]:
    """Pairs such as a=x,b=y; blanks don't count."""
    found: dict[str, str] = {}
    for item in items(name):
        key, _, value = (part.strip() for part in item.partition("="))
        if not key or not value or key in found:
            raise _malformed(name, "a list like key=value,other=value, each key once")
        found[key] = value
    return found


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        raise _malformed(name, "one of " + ", ".join(allowed))
    return value


def directory(name: str, default: Path) -> Path:
    """An absolute path, made (for this user only) if it isn't there."""
    path = Path(text(name, str(default)))
    if not path.is_absolute():
        raise _malformed(name, "an absolute path")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _malformed(name, f"a directory that can be made ({error})") from error
    return path


def url(name: str, *, schemes: tuple[str, ...]) -> str:
    """The variable as it stands, or "" when absent."""
    value = text(name)
    if value:
        _split(name, value, schemes)
    return value


def mail_server(name: str) -> dict[str, Any] | None:
    """The options of Django's SMTP backend; `None` when absent.

    smtp://host:25 is plain, smtps://host:465 is TLS from the start, and
    smtp+starttls://user:password@host:587 changes over to it.
    """
    value = text(name)
    if not value:
        return None
    parts = _split(name, value, ("smtp", "smtps", "smtp+starttls"))
    return {
        "host": parts.hostname or "localhost",
        "port": _port(name, parts) or {"smtp": 25, "smtps": 465}.get(parts.scheme, 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp+starttls",
        "timeout": 10,
    }


def origins(name: str) -> list[str]:
    """Exact origins, each scheme://host or scheme://host:port."""
    found = items(name)
    for origin in found:
        parts = _split(name, origin, ("http", "https"))
        if parts.path or parts.query or "*" in parts.netloc:
            raise _malformed(name, "a list like https://a.example,https://b.example")
    return found


def database(name: str, default: Path) -> dict[str, Any]:
    """ENGINE, NAME and address of Django's DATABASES entry, from one URL."""
    value = text(name)
    if not value:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": default}
    parts = _split(name, value, ("sqlite", *POSTGRESQL_SCHEMES), host=False)
    if parts.scheme == "sqlite":
        return _sqlite(name, parts)
    return _postgresql(name, parts)


def celery(name: str, redis_url: str, *, database: dict[str, Any]) -> bool:
    """Whether Celery carries jobs: by default with a Redis and PostgreSQL."""
    on_postgresql = database["ENGINE"].endswith("postgresql")
    wanted = boolean(name, bool(redis_url) and on_postgresql)
    if wanted and not redis_url:
        raise _malformed(name, "false, or REDIS_URL set: it is the broker")
    if wanted and find_spec("celery") is None:
        raise _malformed(
            name, "false, or Celery installed (pip install 'countersign[celery]')"
        )
    return wanted


def secret(name: str, *, generate_in: Path) -> str:
    """NAME, else the content of the file NAME_FILE, else a key made on first use.

    The made key lies in a file that only this user can read. However many processes
    start at the same moment, all of them get the same key.
    """
    value = text(name)
    if value:
        return value
    given = text(f"{name}_FILE")
    path = Path(given) if given else generate_in / name.lower()
    if not given and not path.exists():
        _write_once(path, secrets.token_urlsafe(50))
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _malformed(f"{name}_FILE", f"a readable file ({error})") from error
    if not value:
        raise _malformed(f"{name}_FILE", f"a file with a key in it ({path} is empty)")
    return value


def _sqlite(name: str, parts: SplitResult) -> dict[str, Any]:
    # sqlite:////srv/db.sqlite3 has an empty host and the path //srv/db.sqlite3.
    path = Path("/" + unquote(parts.path).lstrip("/"))
    if parts.netloc or not parts.path.startswith("//") or path == Path("/"):
        raise _malformed(name, "sqlite:////absolute/path")
    if not path.parent.is_dir():
        raise _malformed(name, f"a path in a directory that exists ({path.parent})")
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


def _postgresql(name: str, parts: SplitResult) -> dict[str, Any]:
    database_name = unquote(parts.path).strip("/")
    if not database_name:
        raise _malformed(name, "postgresql://user@host/database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(_port(name, parts) or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _split(
    name: str, value: str, schemes: tuple[str, ...], *, host: bool = True
) -> SplitResult:
    expected = "an address beginning with " + " or ".join(f"{s}://" for s in schemes)
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise _malformed(name, expected) from error
    if parts.scheme not in schemes or "://" not in value or (host and not parts.netloc):
        raise _malformed(name, expected)
    _port(name, parts)
    return parts


def _port(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise _malformed(name, "an address with a port from 1 to 65535") from error


def _write_once(path: Path, content: str) -> None:
    # The complete file appears under its name in one step, so that a process that
    # starts at the same moment reads either nothing or the whole key.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content + "\n")
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _malformed(name: str, expected: str) -> ImproperlyConfigured:
    # The value itself stays out of the message: it may hold a password.
    return ImproperlyConfigured(f"{name} must be {expected}.")
