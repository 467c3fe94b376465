"""Whether the process that holds a lease still lives: certain, or not said."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflows import holder, selectors


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this machine that does nothing."""
    code = "import signal; signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", code])
    yield process
    process.kill()
    process.wait()


def name(process: subprocess.Popen[bytes]) -> str:
    started = holder._started(process.pid)
    return f"{holder.neighbours()}{process.pid}|{started}|a1b2c3d4"


def test_a_process_that_lives_is_not_dead(neighbour: subprocess.Popen[bytes]) -> None:
    assert not holder.is_dead(holder.current())
    assert not holder.is_dead(name(neighbour))


def test_a_frozen_process_is_not_dead(neighbour: subprocess.Popen[bytes]) -> None:
    neighbour.send_signal(signal.SIGSTOP)
    assert not holder.is_dead(name(neighbour))


def test_a_killed_process_is_dead_before_and_after_its_parent_has_noticed(
    neighbour: subprocess.Popen[bytes],
) -> None:
    held_by = name(neighbour)
    neighbour.kill()
    os.waitid(os.P_PID, neighbour.pid, os.WEXITED | os.WNOWAIT)
    assert holder.is_dead(held_by)
    neighbour.wait()
    assert holder.is_dead(held_by)


def test_who_has_the_number_of_a_dead_process_is_not_taken_for_it(
    neighbour: subprocess.Popen[bytes],
) -> None:
    before = f"{holder.neighbours()}{neighbour.pid}|1|a1b2c3d4"
    assert holder.is_dead(before)


def test_of_a_process_of_another_host_nothing_is_said() -> None:
    host, rest = holder.current().split("|", 1)
    assert not holder.is_dead(f"another-{host}|{rest.replace(str(os.getpid()), '1')}")


@pytest.mark.django_db
def test_where_nobody_died_it_is_one_question() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert selectors.held_by_the_dead(1) == []
    assert len(queries) == 1
