"""What is left alone stays as it was; what is emptied is not what it was again."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from approvals.schema_forms import SchemaForm
from tests.schema_forms.samples import control, model, page_of, posted, shown
from workflows.json_gate import JSONValue


def faults_of(form: SchemaForm) -> list[str]:
    assert form.validate() is None
    return [problem.message for problem in form.problems]


def test_an_optional_text_that_may_not_be_empty_is_not_its_default_when_emptied() -> (
    None
):
    sample = model(Annotated[str, Field(min_length=2)], "default")
    data = shown(sample).fill("answer.it", "").press()
    assert faults_of(posted(sample, data)) == ["This can't be empty."]


@pytest.mark.parametrize("annotation", [int, float, Decimal])
def test_a_number_that_is_emptied_is_not_its_default_again(annotation: Any) -> None:
    sample = model(annotation, annotation(5))
    page = shown(sample)
    form = posted(sample, page.fill("answer.it", "").press())
    assert faults_of(form) == ["This can't be empty."]
    assert control(page_of(form)).value == ""
    proposed = {"it": 7}
    emptied = shown(sample, proposed).fill("answer.it", "").press()
    assert faults_of(posted(sample, emptied, initial=proposed)) == [
        "This can't be empty."
    ]
    assert posted(sample, {}).validate() == {}  # the control was not there


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, "one\r\ntwo"),
        (str | None, ""),
        (list[str | None], ["", None, "a\rb"]),
        (dict[str, str | None], {"a": ""}),
        (Decimal, "1E+2"),
    ],
)
def test_what_was_proposed_and_left_alone_stays_as_it_was(
    annotation: Any, value: JSONValue
) -> None:
    sample, proposed = model(annotation), {"it": value}
    form = posted(sample, shown(sample, proposed).press(), initial=proposed)
    assert form.value() == proposed
    assert form.changed() == []
