"""The inbox's first page for somebody whose group is asked ten thousand things."""

from __future__ import annotations

import time
from http import HTTPStatus

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals.models import Approval
from benchmarks import crowd, job

PERSON, GROUP, PREFIX = "bench-reviewer", "bench-reviewers", "page"


def fill(count: int) -> None:
    """``count`` runs that wait for a group of one person."""
    group = Group.objects.create(name=GROUP)
    get_user_model().objects.create_user(PERSON).groups.add(group)
    run = job.asked_of_many.create_run()
    run.start(job.REQUEST)
    approval = Approval.objects.get(run_id=run.id)
    crowd.multiply(run.id, approval.pk, count, prefix=PREFIX)


def signed_in() -> Client:
    """The browser of that person."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username=PERSON))
    return client


def first_page(client: Client) -> float:
    """Milliseconds of this process's time for the whole page."""
    began = time.process_time()
    page = client.get("/")
    taken = time.process_time() - began
    assert page.status_code == HTTPStatus.OK, page
    return taken * 1000


def queries(client: Client) -> int:
    """How many queries the page takes."""
    with CaptureQueriesContext(connection) as captured:
        client.get("/")
    return len(captured)
