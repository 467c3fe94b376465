"""The files to deploy with name what the product reads, and nothing else."""

import re

import yaml

from tests.docs import pages

DEPLOY = pages.DOCS / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KNOWN = set(re.findall(r"`([A-Z][A-Z_]+)`", pages.prose(pages.ROOT / "README.md")))


def test_every_variable_is_one_the_product_reads() -> None:
    for name in ("prepare", "web", "worker"):
        given = COMPOSE["services"][name]["environment"]
        assert given
        assert set(given) <= KNOWN


def test_web_and_worker_start_what_the_units_start() -> None:
    unit = (DEPLOY / "countersign-worker.service").read_text()
    assert COMPOSE["services"]["worker"]["command"] in unit
    served = (DEPLOY / "countersign-web.service").read_text()
    assert "daphne" in (DEPLOY / "Dockerfile").read_text()
    assert "config.asgi:application" in served


def test_what_a_worker_executes_may_end_before_it_is_killed() -> None:
    grace = COMPOSE["services"]["worker"]["stop_grace_period"]
    assert grace == "60s"
    assert "TimeoutStopSec=60" in (DEPLOY / "countersign-worker.service").read_text()
