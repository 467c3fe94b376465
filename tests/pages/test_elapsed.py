"""Times and durations in words."""

from datetime import UTC, datetime, timedelta

import pytest

from approvals.elapsed import duration_words, relative_words

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=59), "in a moment"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(minutes=59, seconds=40), "in 1 h"),
        (timedelta(hours=3, minutes=20), "in 3 h"),
        (timedelta(hours=23, minutes=50), "in 1 day"),
        (timedelta(hours=47, minutes=59), "in 2 days"),
        (timedelta(days=-40), "11 Oct 2026"),
        (timedelta(days=40), "30 Dec 2026"),
    ],
)
def test_a_moment_is_told_from_now(distance: timedelta, words: str) -> None:
    assert relative_words(NOW + distance, now=NOW) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(microseconds=-5), "0 ms"),
        (timedelta(milliseconds=42), "42 ms"),
        (timedelta(seconds=1.24), "1.2 s"),
        (timedelta(minutes=3), "3 min"),
        (timedelta(days=1), "1 day"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(span: timedelta, words: str) -> None:
    assert duration_words(span) == words
