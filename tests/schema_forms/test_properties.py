"""Any model: what was put into its form comes back; no post, however odd, breaks it."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from approvals.schema_forms import initial_values, ui_hints, verdict_of
from approvals.schema_forms.json_schemas import form_schema
from tests.schema_forms.kitchen_sink import GOOD, KitchenSink
from tests.schema_forms.models import SECRETS, filled
from tests.schema_forms.samples import form_of, page_of, posted, shown
from tests.schema_forms.typist import clock_texts_only, typed
from workflows import masking
from workflows.json_gate import JSONValue

PATIENT = settings(
    max_examples=8,
    derandomize=True,  # one commit is judged as the one before
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ZONES = ["UTC", "Asia/Tokyo", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]
NAMES = sorted(shown(KitchenSink, GOOD).names() | {"answer", "answer.__json"})
ENDS = ["", ".__on", ".__row", ".__json", ".__variant", ".__shown", ".__exact", ".0"]
TEXTS = st.sampled_from(
    [
        *("", "1", "0", "true", "card", "[", "{}", "null", "\x00", "é", "-"),
        *("2026-01-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59:59Z", "999999"),
        *("1e400", "9" * 600, "[" * 40),
        *("add:answer.lines", "up:answer.tags:1", "restore:answer.due"),
    ]
) | st.text(max_size=8)


def understood(type_: Any, value: JSONValue) -> Any:
    return TypeAdapter(type_).validate_json(json.dumps(value))


@PATIENT
@given(filled())
def test_an_untouched_form_says_what_it_was_opened_with(
    sample: tuple[Any, JSONValue],
) -> None:
    type_, value = sample
    form = posted(type_, shown(type_, value).press())
    answer = form.validate()
    assert form.is_valid, form.problems
    assert understood(type_, answer) == understood(type_, value)


@PATIENT
@given(filled(), st.sampled_from(ZONES), st.sampled_from(["en", "de", "ja"]))
def test_it_does_so_in_every_readers_zone_and_notation(
    sample: tuple[Any, JSONValue], zone: str, language: str
) -> None:
    type_, value = sample
    reader = {"zone": ZoneInfo(zone)}
    with translation.override(language):
        form = posted(type_, shown(type_, value, **reader).press(), **reader)
        answer = form.validate()
        assert form.is_valid, form.problems
    assert understood(type_, answer) == understood(type_, value)


@PATIENT
@given(filled(SECRETS))
def test_a_page_has_no_secret_and_gives_them_all_back(
    sample: tuple[Any, JSONValue],
) -> None:
    type_, value = sample
    secrets = masking.secrets_in(value, form_schema(type_))
    form = form_of(type_, initial=value)
    page = str(form)
    assert [text for _path, text in secrets if text in page and "§" in text] == []
    back = posted(type_, page_of(form).press(), initial=value)
    answer = back.validate()
    assert back.is_valid, back.problems
    assert understood(type_, answer) == understood(type_, value)


@PATIENT
@given(filled())
def test_a_second_showing_says_the_same_as_the_first(
    sample: tuple[Any, JSONValue],
) -> None:
    type_, value = sample
    first = posted(type_, shown(type_, value).press(), initial=value)
    second = posted(type_, page_of(first).press(), initial=value)
    assert first.value() == second.value()


@PATIENT
@given(filled())
def test_a_blank_form_filled_in_page_by_page_says_what_was_typed(
    sample: tuple[Any, JSONValue],
) -> None:
    type_, value = sample
    wanted = shown(type_, value).press()
    data = typed(type_, wanted)
    assume(data)
    form = posted(type_, data or {})
    answer = form.validate()
    assert form.is_valid, form.problems
    if clock_texts_only(wanted) != wanted:  # no control takes a microsecond
        value = posted(type_, clock_texts_only(wanted)).value()
    assert understood(type_, answer) == understood(type_, value)


@PATIENT
@given(filled(), st.data())
def test_a_wrong_text_is_kept_and_its_error_stands_at_its_place(
    sample: tuple[Any, JSONValue], data: st.DataObject
) -> None:
    type_, value = sample
    page = shown(type_, value)
    lines = [c for c in page.controls if c.tag == "input" and c.type == "text"]
    assume(lines)
    line = data.draw(st.sampled_from(lines))
    line.value = "no such thing, 1x"
    form = posted(type_, page.press(), initial=value)
    form.validate()
    (kept,) = page_of(form).named(line.name)
    assert kept.value == line.value
    place = f"{line.attributes['id']}."  # the control, or the part that holds it
    assert form.is_valid or any(
        place.startswith(f"{problem.target}.") for problem in form.problems
    )


@PATIENT
@given(filled())
def test_an_empty_form_and_its_description_can_be_made_of_any_type(
    sample: tuple[Any, JSONValue],
) -> None:
    type_, _value = sample
    form = posted(type_, shown(type_).press())
    form.validate()
    page_of(form)
    json.dumps([ui_hints(type_), initial_values(type_)], allow_nan=False)
    assert verdict_of(type_).field is None


@PATIENT
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(ENDS), TEXTS), max_size=30
    ),
    st.booleans(),
)
def test_no_post_breaks_the_form(
    controls: list[tuple[str, str, str]], on_top_of_a_good_one: bool
) -> None:
    data = QueryDict(mutable=True)
    if on_top_of_a_good_one:
        data = shown(KitchenSink, GOOD).press().copy()
    for name, end, text in controls:
        data.appendlist(f"{name}{end}", text)
    form = posted(KitchenSink, data, initial=GOOD)
    json.dumps(form.value())
    answer = form.validate()
    assert (answer is not None) == form.is_valid
    page_of(form)
    again = posted(KitchenSink, page_of(form).press(), initial=GOOD)
    page_of(again)


@PATIENT
@given(st.text(max_size=20), TEXTS)
def test_no_button_breaks_the_form(action: str, text: str) -> None:
    data = shown(KitchenSink, GOOD).press().copy()
    data["answer.__action"] = action
    data["answer.count"] = text
    page_of(posted(KitchenSink, data, initial=GOOD))


@PATIENT
@given(st.data())
def test_every_button_of_the_page_keeps_what_is_typed(data: st.DataObject) -> None:
    page = shown(KitchenSink, GOOD).fill("answer.count", "not yet")
    buttons = [c.value for c in page.named("answer.__action") if c.value]
    button = data.draw(st.sampled_from(buttons))
    form = posted(KitchenSink, page.press("answer.__action", button), initial=GOOD)
    assert form.action is not None
    assert page_of(form).named("answer.count")[0].value == "not yet"
    assert form_of(KitchenSink, initial=GOOD).is_valid
