"""Numbers as people write them: grouped, with a comma, never misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.schema_forms.numbers import read_number
from approvals.schema_forms.values import Unreadable


@pytest.mark.parametrize(
    ("text", "separator", "number"),
    [
        ("12,50", ".", "12.50"),
        ("12.50", ",", "12.50"),
        ("12,50", ",", "12.50"),
        ("1,234.56", ".", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1.234,56", ".", "1234.56"),
        ("1,234,567", ".", "1234567"),
        ("1 234 567,8", ",", "1234567.8"),
        ("1\u202f234,5", ",", "1234.5"),
        ("1’234.50", ".", "1234.50"),
        ("0,125", ".", "0.125"),
        ("1,500", ",", "1.500"),
        ("1.500", ".", "1.500"),
        ("\N{MINUS SIGN}5", ".", "-5"),
        ("\N{FULLWIDTH DIGIT ONE}2.5", ".", "12.5"),
        (".5", ".", "0.5"),
        ("5.", ".", "5"),
        ("+7", ".", "7"),
        ("1e-7", ".", "1E-7"),
    ],
)
def test_a_number_is_read_in_either_notation(
    text: str, separator: str, number: str
) -> None:
    assert read_number(text, separator=separator) == number


@pytest.mark.parametrize(("text", "separator"), [("1,500", "."), ("1.500", ",")])
def test_what_two_readers_would_read_as_two_numbers_is_refused(
    text: str, separator: str
) -> None:
    with pytest.raises(Unreadable, match=r"1500 or 1[.,]500: this can be read"):
        read_number(text, separator=separator)


@pytest.mark.parametrize(("text", "number"), [("1,500", "1500"), ("1 500", "1500")])
def test_grouped_whole_numbers_are_clear(text: str, number: str) -> None:
    assert read_number(text, separator=".", whole=True) == number


@pytest.mark.parametrize(
    "text", ["1.5", "1,5", "1e3", "1_000", "0x10", "five", "true", "1.234"]
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="whole number"):
        read_number(text, separator=".", whole=True)


@pytest.mark.parametrize(
    "text",
    ["", ",", "-", "1,23,4", "1.2.3", "NaN", "Infinity", "1e", "1e9999", "12 34", "€5"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="number"):
        read_number(text, separator=".")


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.sampled_from([".", ","]),
)
def test_a_number_shown_is_the_number_read(value: object, separator: str) -> None:
    shown = str(value).replace(".", separator)
    assert read_number(shown, separator=separator) == str(value)


@given(st.text(alphabet="0123456789.,' eE+-", max_size=24), st.booleans())
def test_any_text_is_a_number_or_is_refused(text: str, whole: bool) -> None:
    try:
        number = read_number(text, separator=".", whole=whole)
    except Unreadable:
        return
    assert float(number) == float(number)
    assert not whole or int(number) == float(number)
