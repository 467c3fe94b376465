"""What the doctor says of a healthy and of an ill installation."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from approvals import triggers
from config import doctor
from workflows import Workflow, step
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


@override_settings(ALLOWED_HOSTS=["localhost"])
def test_a_fresh_installation_is_well() -> None:
    ill = {finding.name for finding in doctor.findings() if finding.cure}
    assert ill - {"database"} == set()  # the suite's own SQLite leaves out its syncs


def test_every_look_has_a_finding_of_its_name() -> None:
    assert [finding.name for finding in doctor.findings()] == list(doctor.LOOKS)


@override_settings(DEBUG=True)
def test_debug_is_bad_and_the_command_says_so() -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("doctor", stdout=said, no_color=True)
    assert left.value.code == 1
    assert "BAD   debug: True" in said.getvalue()


@override_settings(ALLOWED_HOSTS=["approvals.example"])
def test_an_open_host_without_tls_is_bad() -> None:
    assert doctor.LOOKS["TLS"]().cure


def test_a_missing_trigger_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = set(triggers.NAMES[1:])
    monkeypatch.setattr(triggers, "installed", lambda connection: kept)
    assert triggers.NAMES[0] in doctor.LOOKS["audit triggers"]().found


def test_runs_that_nobody_takes_up_and_runs_in_trouble_are_bad() -> None:
    flow = Workflow("for-the-doctor").then(step(id="a")(lambda x: x)).commit(False)
    run = flow.create_run()
    run.start(1, wait=False)
    assert doctor.LOOKS["worker"]().cure == ""
    long_ago = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=run.id).update(due_at=long_ago)
    assert doctor.LOOKS["worker"]().cure
    Run.objects.filter(pk=run.id).update(attention="parked")
    assert doctor.LOOKS["attention"]().cure
