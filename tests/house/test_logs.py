"""Logs carry ids and places in the code, never what a person typed."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
from daphne.access import AccessLogGenerator
from django.db import OperationalError

from config import access_log, logs

SECRET = "the salary is 98765"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a logger named `sample` writes under the product's configuration."""
    configuration = logs.configure(level="INFO", style="json")
    formatter = configuration["formatters"]["lines"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    factory = formatter.pop("()")
    handler.setFormatter(factory(**formatter))
    logger = logging.getLogger("sample")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def test_ids_given_as_extra_reach_the_line(written: io.StringIO) -> None:
    logging.getLogger("sample").warning("lease lost", extra={"run_id": "r-1"})
    line = json.loads(written.getvalue())
    assert line["event"] == "lease lost"
    assert line["run_id"] == "r-1"
    assert line["level"] == "warning"
    assert line["timestamp"].endswith("Z")


def test_the_words_of_an_exception_stay_out(written: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("sample").exception("step failed")
    line = json.loads(written.getvalue())
    assert SECRET not in written.getvalue()
    assert line["exception"].startswith("ValueError\n")
    assert "test_logs.py" in line["exception"]


def test_the_words_of_a_cause_stay_out_too(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        logging.getLogger("sample").exception("step failed")
    assert SECRET not in written.getvalue()
    assert "KeyError" in json.loads(written.getvalue())["exception"]


def test_a_broken_connection_keeps_its_words(written: io.StringIO) -> None:
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        logging.getLogger("sample").exception("no database")
    assert "connection refused" in json.loads(written.getvalue())["exception"]


def test_a_line_break_cannot_forge_a_second_line(written: io.StringIO) -> None:
    logging.getLogger("sample").warning("from %s", "a\nlevel=critical")
    assert written.getvalue().count("\n") == 1


def test_objects_that_are_not_plain_values_stay_out(written: io.StringIO) -> None:
    logging.getLogger("sample").warning("odd", extra={"request": {"body": SECRET}})
    assert SECRET not in written.getvalue()


def test_the_token_of_a_link_is_not_in_the_access_log() -> None:
    access = io.StringIO()
    access_log.leave_out_tokens()
    log = AccessLogGenerator(access)
    details = {"client": "10.0.0.1", "method": "POST", "status": 200, "size": 5}
    log("http", "complete", {**details, "path": "/d/secret-token?x=1"})
    log("http", "complete", {**details, "path": "/runs/r-1/"})
    assert "secret" not in access.getvalue()
    assert '"POST /d/…" 200 5' in access.getvalue()
    assert "/runs/r-1/" in access.getvalue()
