"""``manage.py start_run`` as an operator types it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pydantic import BaseModel

from workflows import Workflow, get_run, step
from workflows.models import Run
from workflows.testing import isolated_registry, run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)


class Given(BaseModel):
    amount: int


@step
def double(given: Given) -> int:
    return given.amount * 2


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("start_run", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_run_is_started_for_a_worker() -> None:
    with isolated_registry():
        Workflow("doubling", input_schema=Given).then(double).commit()
        assert said("doubling", "--data", '{"amount": 2}', "--run-id", "r1") == (
            "r1 pending"
        )
        run_until_idle()
        assert get_run("r1").refresh().result == 4


def test_with_wait_it_is_executed_at_once() -> None:
    with isolated_registry():
        Workflow("doubling", input_schema=Given).then(double).commit()
        assert said("doubling", "--data", '{"amount": 2}', "--wait").endswith(
            " success"
        )


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("nothing",), "nothing"),
        (("doubling", "--data", "{"), "JSON"),
        (("doubling", "--data", '{"amount": "2"}'), "amount"),
        (("doubling", "--data", '{"amount": 2, "more": 1}'), "more"),
        (("doubling", "--data", '{"amount": 2}', "--run-id", "a b"), "a b"),
    ],
)
def test_bad_arguments_are_named_and_start_nothing(
    arguments: tuple[str, ...], fault: str
) -> None:
    with isolated_registry():
        Workflow("doubling", input_schema=Given).then(double).commit()
        with pytest.raises(CommandError, match=fault):
            said(*arguments)
    assert not Run.objects.exists()
