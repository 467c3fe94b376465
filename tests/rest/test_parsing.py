"""Any bytes as a body: an object, or a reason why not."""

import pytest

from workflows.rest.parsing import parse_object
from workflows.rest.problems import Refused


def test_an_object_is_read() -> None:
    assert parse_object(b'{"a": [1, 2.5, "x", null, true]}') == {
        "a": [1, 2.5, "x", None, True]
    }


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "object is required"),
        (b"  \n", 400, "object is required"),
        (b"null", 400, "must be an object"),
        (b"5", 400, "must be an object"),
        (b'"x"', 400, "must be an object"),
        (b"[]", 400, "must be an object"),
        (b"{", 400, "is not JSON"),
        (b"{'a': 1}", 400, "is not JSON"),
        (b'{"a": 1} x', 400, "is not JSON"),
        (b"\xff\xfe{\x00}\x00", 400, "UTF-8 without BOM"),
        (b'\xef\xbb\xbf{"a": 1}', 400, "UTF-8 without BOM"),
        ('{"a": 1}'.encode("utf-16-le"), 400, "UTF-8 without BOM"),
        ('{"a": 1}'.encode("utf-32"), 400, "UTF-8 without BOM"),
        (b'{"a": "\xff"}', 400, "UTF-8 without BOM"),
        (b'{"a": NaN}', 400, "finite number"),
        (b'{"a": Infinity}', 400, "finite number"),
        (b'{"a": -Infinity}', 400, "finite number"),
        (b'{"a": 1e400}', 400, "finite number"),
        (b'{"a": ' + b"9" * 400 + b"}", 422, "integer out of range"),
        (b'{"a": ' + b"9" * 4301 + b"}", 422, "integer out of range"),
        (b'{"a": "x\\u0000y"}', 422, "NUL is not allowed"),
        (b'{"x\\u0000y": 1}', 422, "NUL is not allowed"),
        (b'{"a": "\\ud800"}', 422, "lone surrogate"),
        (b'{"\\ud800": 1}', 422, "lone surrogate"),
        (b'{"a": 1, "a": 2}', 400, "key given twice"),
        (b'{"a": {"b": 1, "b": 1}}', 400, "key given twice"),
        (b'{"a": [' + b"1," * 10_100 + b"1]}", 422, "values"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    body: bytes, status: int, words: str
) -> None:
    with pytest.raises(Refused) as refusal:
        parse_object(body)
    assert refusal.value.status == status
    assert words in refusal.value.detail


@pytest.mark.parametrize("depth", [33, 990, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_payload_nested_too_deep_is_refused(
    depth: int, opening: bytes, closing: bytes
) -> None:
    payload = opening * depth + b"1" + closing * depth
    with pytest.raises(Refused) as refusal:
        parse_object(b'{"data": ' + payload + b"}")
    assert refusal.value.status == 400
    assert refusal.value.detail == "nested deeper than 32"


def test_a_payload_may_use_all_its_depth_inside_the_body() -> None:
    body = b'{"data": ' + b"[" * 32 + b"]" * 32 + b"}"
    assert "data" in parse_object(body)


def test_a_fault_names_its_place_by_json_pointer() -> None:
    with pytest.raises(Refused) as refusal:
        parse_object(b'{"data": {"a/b": ["x\\u0000"]}}')
    assert refusal.value.errors[0]["pointer"] == "/data/a~1b/0"
