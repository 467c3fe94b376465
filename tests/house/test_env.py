"""The environment is read strictly: a typing error stops the start by name."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), (" false ", False)]
)
def test_a_boolean_may_be_written_in_several_ways(
    monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    monkeypatch.setenv("FLAG", text)
    assert env.boolean("FLAG", not value) is value


@pytest.mark.parametrize("text", ["ture", "2", "da"])
def test_a_misspelt_boolean_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("FLAG", text)
    with pytest.raises(ImproperlyConfigured, match="FLAG must be true or false"):
        env.boolean("FLAG", True)


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "  ")
    assert env.boolean("EMPTY", True) is True
    assert env.integer("EMPTY", 7) == 7
    assert env.items("EMPTY", ("a",)) == ["a"]


@pytest.mark.parametrize("text", ["-1", "0", "3.5", "ten", "²"])
def test_a_number_below_the_least_or_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("COUNT", text)
    with pytest.raises(ImproperlyConfigured, match="COUNT must be a whole number"):
        env.integer("COUNT", 5, least=1)


def test_a_list_is_split_at_commas_without_blanks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOSTS", " a.example , ,b.example,")
    assert env.items("HOSTS") == ["a.example", "b.example"]


def test_a_sqlite_address_names_an_absolute_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/my%20db.sqlite3")
    found = env.database("DATABASE_URL", Path("/unused"))
    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert found["NAME"] == tmp_path / "my db.sqlite3"


def test_a_postgresql_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://me:p%40ss@db.example:6543/shop?sslmode=require"
    )
    assert env.database("DATABASE_URL", Path("/unused")) == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me@db.example/shop",
        "shop.sqlite3",
        "sqlite:///relative.sqlite3",
        "sqlite://host/file.sqlite3",
        "sqlite:////no/such/directory/file.sqlite3",
        "postgresql://me@db.example",
        "postgresql://me@db.example:99999/shop",
        "postgresql://[broken/shop",
    ],
)
def test_a_wrong_database_address_is_refused_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must be") as caught:
        env.database("DATABASE_URL", Path("/unused"))
    assert "me@" not in str(caught.value)


def test_an_address_must_have_one_of_the_schemes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDIS_URL", "http://127.0.0.1:6379")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must be"):
        env.url("REDIS_URL", schemes=("redis",))


@pytest.mark.parametrize("origin", ["a.example", "https://*.example", "https://a/b"])
def test_an_origin_must_be_exact(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("ORIGINS", f"https://fine.example,{origin}")
    with pytest.raises(ImproperlyConfigured, match="ORIGINS must be"):
        env.origins("ORIGINS")


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be one of json"):
        env.choice("LOG_FORMAT", ("json", "console"), "json")


def test_a_directory_is_made_for_this_user_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    made = env.directory("DATA_DIR", Path("/unused"))
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_directory_that_cannot_be_made_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(ImproperlyConfigured, match="DATA_DIR must be"):
        env.directory("DATA_DIR", Path("/unused"))


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = env.secret("TEST_KEY", generate_in=tmp_path)
    assert len(first) >= 50
    assert env.secret("TEST_KEY", generate_in=tmp_path) == first
    assert stat.S_IMODE((tmp_path / "test_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["test_key"]


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = pool.map(
            lambda _: env.secret("TEST_KEY", generate_in=tmp_path), range(64)
        )
    assert len(set(made)) == 1


def test_a_secret_may_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "given").write_text("from the file\n")
    monkeypatch.setenv("TEST_KEY_FILE", str(tmp_path / "given"))
    assert env.secret("TEST_KEY", generate_in=tmp_path) == "from the file"


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_secret_file_that_holds_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "given"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("TEST_KEY_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match="TEST_KEY_FILE must be"):
        env.secret("TEST_KEY", generate_in=tmp_path)


def test_pairs_are_read_with_each_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRS", " a=x, b = y ,")
    assert env.mapping("PAIRS") == {"a": "x", "b": "y"}


@pytest.mark.parametrize("text", ["a", "a=", "=x", "a=x,a=y"])
def test_a_pair_that_is_none_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PAIRS", text)
    with pytest.raises(ImproperlyConfigured, match="PAIRS must be a list like"):
        env.mapping("PAIRS")


def test_celery_needs_its_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    on_postgresql = {"ENGINE": "django.db.backends.postgresql"}
    assert env.celery("CELERY", "redis://r", database=on_postgresql)
    assert not env.celery("CELERY", "", database=on_postgresql)
    monkeypatch.setenv("CELERY", "true")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        env.celery("CELERY", "", database=on_postgresql)


@pytest.mark.parametrize(
    ("value", "host", "port", "ssl", "starttls"),
    [
        ("smtp://mail.example", "mail.example", 25, False, False),
        ("smtps://mail.example", "mail.example", 465, True, False),
        ("smtp+starttls://me:p%40ss@mail.example", "mail.example", 587, False, True),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, False, False),
    ],
)
def test_a_mail_server_is_taken_apart(
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    host: str,
    port: int,
    ssl: bool,
    starttls: bool,
) -> None:
    monkeypatch.setenv("EMAIL_URL", value)
    server = env.mail_server("EMAIL_URL")
    assert server is not None
    assert (server["host"], server["port"]) == (host, port)
    assert (server["use_ssl"], server["use_tls"]) == (ssl, starttls)
    assert server["password"] == ("p@ss" if starttls else "")


def test_an_odd_mail_server_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "mail.example:25")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must be"):
        env.mail_server("EMAIL_URL")
