"""Fixtures of the tests in which machines, databases and brokers break."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests import services
from tests.acceptance.conftest import effects, other
from tests.servers import ServerProcess
from tests.settings import ON_POSTGRESQL
from tests.workers import PrivateRedis
from workflows.testing import stop_engine

__all__ = ["effects", "other"]  # fixtures that are needed here, too


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    redis = PrivateRedis(directory=tmp_path)
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def shared(tmp_path: Path, transactional_db: None) -> Iterator[ServerProcess]:
    """A server, not started yet, on the database of this very test."""
    name = str(connection.settings_dict["NAME"])
    base = services.POSTGRES_URL.rpartition("/")[0] if ON_POSTGRESQL else "sqlite://"
    url = f"{base}/{name.lstrip('/')}" if ON_POSTGRESQL else f"{base}/{name}"
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    server = ServerProcess(database_url=url, data_dir=data_dir)
    yield server
    server.kill9()
    stop_engine()
