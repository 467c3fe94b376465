from __future__ import annotations

import json
import math
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from workflows import json_gate
from workflows.errors import PayloadRejected, SchemaMismatch
from workflows.json_gate import SAFE_INTEGER, JSONValue, Limits

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES: st.SearchStrategy[JSONValue] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
    ),
    max_leaves=15,
)


def fault(text: str | bytes, **limits: int) -> tuple[list[str | int], str]:
    """Place and kind of what ``parse`` finds wrong."""
    with pytest.raises(PayloadRejected) as caught:
        json_gate.parse(text, Limits(**limits))
    (error,) = caught.value.errors
    assert error["msg"] in str(caught.value)
    return error["loc"], error["type"]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@given(VALUES)
def test_what_was_stored_is_read_back_the_same(value: JSONValue) -> None:
    json_gate.check(value)
    text = json_gate.dumps(value)
    assert json_gate.loads(text) == value
    assert json_gate.parse(text) == value
    assert json_gate.dumps(json_gate.loads(text)) == text


@given(VALUES)
def test_the_canonical_text_reads_back_and_writes_the_same_again(
    value: JSONValue,
) -> None:
    text = json_gate.canonical(value)
    assert json_gate.loads(text) == value
    assert json_gate.canonical(json_gate.loads(text)) == text
    text.encode()


@given(st.dictionaries(TEXT, SCALARS, max_size=6), st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order_of_keys(
    value: dict[str, JSONValue], chance: Any
) -> None:
    keys = list(value)
    chance.shuffle(keys)
    shuffled: dict[str, JSONValue] = {key: value[key] for key in keys}
    assert json_gate.digest(shuffled) == json_gate.digest(value)


def test_equal_numbers_have_one_spelling() -> None:
    assert json_gate.canonical([1.0, -0.0, -2.0, 0.5]) == "[1,0,-2,0.5]"
    assert json_gate.canonical(1e22) == "1e+22"
    assert json_gate.canonical(True) == "true"


def test_the_canonical_text_has_sorted_keys_no_spaces_and_plain_umlauts() -> None:
    assert json_gate.canonical({"ü": [1, {"b": 2, "a": "ä"}]}) == (
        '{"ü":[1,{"a":"ä","b":2}]}'
    )


def test_the_digest_is_the_sha256_of_the_canonical_text() -> None:
    assert json_gate.digest({}) == (
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


def test_stored_text_keeps_the_order_of_keys() -> None:
    assert json_gate.dumps({"b": 1, "a": [1.0, "é"]}) == '{"b":1,"a":[1.0,"é"]}'


@pytest.mark.parametrize(
    ("text", "place", "kind"),
    [
        ("NaN", [], "finite_number"),
        ('{"a": [1, Infinity]}', ["a", 1], "finite_number"),
        ("[-Infinity]", [0], "finite_number"),
        ("[1e400]", [0], "finite_number"),
        ('{"a": 9007199254740992}', ["a"], "integer_range"),
        ('{"a": -9007199254740992}', ["a"], "integer_range"),
        ('{"a": ' + "9" * 400 + "}", ["a"], "integer_range"),
        ('{"a": ' + "9" * 4301 + "}", ["a"], "integer_range"),
        ('{"a": "x\\u0000y"}', ["a"], "nul"),
        ('{"x\\u0000y": 1}', [], "nul"),
        ('{"a": "\\ud800"}', ["a"], "surrogate"),
        ('{"a": "\\udc00\\ud800"}', ["a"], "surrogate"),
        ('[{"\\ud800": 1}]', [0], "surrogate"),
        ('{"a": 1, "b": {"c": 1, "c": 1}}', ["b", "c"], "duplicate_key"),
        ('{"a": 1, "a": 1}', ["a"], "duplicate_key"),
        ("", [], "json_invalid"),
        ("{", [], "json_invalid"),
        ("{'a': 1}", [], "json_invalid"),
        ("[1,]", [], "json_invalid"),
        ("1 2", [], "json_invalid"),
        ("01", [], "json_invalid"),
        ("nul", [], "json_invalid"),
        ('"a\nb"', [], "json_invalid"),
        (b"\xff\xfe1\x00", [], "json_invalid"),
        (b"\xef\xbb\xbf1", [], "json_invalid"),
        ("\ufeff1", [], "json_invalid"),
        (b'"\xed\xa0\x80"', [], "json_invalid"),
        (nested(990), [], "too_deep"),
        (nested(100_000), [], "too_deep"),
    ],
)
def test_bad_json_is_refused_with_its_place_and_kind(
    text: str | bytes, place: list[str | int], kind: str
) -> None:
    found, found_kind = fault(text)
    assert found_kind == kind
    assert found[: len(place)] == place


def test_the_depth_counts_brackets() -> None:
    json_gate.parse(nested(32))
    assert fault(nested(33)) == ([0] * 32, "too_deep")
    assert fault('{"a":{"b":[]}}', max_depth=2) == (["a", "b"], "too_deep")
    json_gate.parse('{"a":{"b":1}}', Limits(max_depth=2))


def test_every_object_array_and_scalar_is_a_value() -> None:
    json_gate.parse("[[1,2],{}]", Limits(max_values=5))
    assert fault("[[1,2],{}]", max_values=4) == ([], "too_many_values")
    json_gate.parse(json.dumps([0] * 9_999))
    assert fault(json.dumps([0] * 10_000)) == ([], "too_many_values")


def test_the_size_is_that_of_the_text_that_is_stored() -> None:
    fits = {"a": "é" * 10}  # 8 bytes of punctuation and key, 20 of text
    json_gate.check(fits, Limits(max_bytes=28))
    with pytest.raises(PayloadRejected, match="larger than 27 bytes"):
        json_gate.check(fits, Limits(max_bytes=27))
    with pytest.raises(PayloadRejected, match="larger than"):
        json_gate.check("\x01" * 50_000)  # six bytes each once written
    assert fault("[1]" + " " * 30, max_bytes=20) == ([], "too_large")


def test_256_kib_is_the_limit_unless_the_settings_say_otherwise() -> None:
    json_gate.check("x" * (256 * 1024 - 2))
    with pytest.raises(PayloadRejected):
        json_gate.check("x" * (256 * 1024 - 1))
    with override_settings(WORKFLOWS={"MAX_PAYLOAD_BYTES": 10, "MAX_DEPTH": 1}):
        assert json_gate.limits() == Limits(max_bytes=10, max_depth=1)
        with pytest.raises(PayloadRejected):
            json_gate.check("x" * 9)


def test_the_largest_safe_integers_pass_and_wider_ones_where_declared() -> None:
    json_gate.parse(str(SAFE_INTEGER))
    json_gate.parse(str(-SAFE_INTEGER))
    json_gate.parse(str(2**64), Limits(max_integer=2**64))
    assert fault(str(2**64 + 1), max_integer=2**64) == ([], "integer_range")


def test_a_whole_float_beyond_the_safe_integers_is_still_a_number() -> None:
    assert json_gate.parse("1e22") == 1e22


def test_any_json_value_may_stand_at_the_top() -> None:
    for text in ("null", "5", '"x"', "[]", "false", "-0.0"):
        json_gate.parse(text)


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {1, 2},
        b"x",
        object(),
        {1: "x"},
        {None: 1},
        [math.nan],
        [math.inf],
        {"a": {"b": ()}},
        type("Text", (str,), {})("x"),
        type("Number", (int,), {})(1),
        type("Fraction", (float,), {})(1.5),
        type("Mapping", (dict,), {})(),
        "\ud800",
        {"\0": 1},
    ],
)
def test_python_values_that_are_not_json_are_refused(value: object) -> None:
    with pytest.raises(PayloadRejected):
        json_gate.check(value)
    assert not json_gate.passes(value, Limits())


def test_a_value_that_contains_itself_is_refused_at_once() -> None:
    endless: list[Any] = []
    endless += [endless, endless]
    with pytest.raises(PayloadRejected):
        json_gate.check(endless)


def test_a_part_used_twice_counts_twice_and_cannot_explode() -> None:
    part: list[Any] = []
    for _ in range(31):
        part = [part, part]
    with pytest.raises(PayloadRejected, match="more than 10000 values"):
        json_gate.check(part)


def test_the_error_can_itself_be_written_as_json() -> None:
    for text in ('{"\\ud800": {"b": NaN}}', '{"a\\u0000": NaN, "\\ud800": 1}'):
        with pytest.raises(PayloadRejected) as caught:
            json_gate.parse(text)
        json.dumps(caught.value.errors).encode()
        str(caught.value).encode()


def test_the_error_never_repeats_a_value() -> None:
    with pytest.raises(PayloadRejected) as caught:
        json_gate.check({"password": "hunter2\0", "b": 1})
    assert "hunter2" not in str(caught.value) + repr(caught.value.errors)


def test_a_rejected_payload_is_a_schema_mismatch() -> None:
    assert issubclass(PayloadRejected, SchemaMismatch)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_whatever_arrives_is_a_value_or_a_rejection(text: str | bytes) -> None:
    try:
        value = json_gate.parse(text)
    except PayloadRejected:
        return
    json_gate.check(value)
    assert json_gate.loads(json_gate.dumps(value)) == value
