from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import (
    EPOCH,
    HOUR,
    LATEST,
    MINUTE,
    SECOND,
    Mode,
    Pace,
    instant,
    iso,
    span,
)
from tests.core.strategies import calm

NO_SPAN = "is not a span of time, such as 30s or 1h30m"
NO_LENGTH = "is not a span of time between nothing and eight thousand years"
NO_DATE = "is not a date, such as 2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", 30 * SECOND),
        ("1h30m", 90 * MINUTE),
        ("1 h 30 m", 90 * MINUTE),
        ("250ms", SECOND // 4),
        ("1.5s", 3 * SECOND // 2),
        ("0.001ms", 1),
        ("2d", 48 * HOUR),
        ("1w", 168 * HOUR),
        ("1m500ms", MINUTE + SECOND // 2),
        ("0s", 0),
        ("90", 90 * SECOND),
        ("0.5", SECOND // 2),
        (90, 90 * SECOND),
        (0, 0),
        (0.000001, 1),
        (LATEST // SECOND, LATEST),
    ],
    ids=repr,
)
def test_a_span_is_read_to_the_microsecond(text: str | float, length: int) -> None:
    assert span(text) == length


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NO_SPAN),
        ("soon", NO_SPAN),
        ("30S", NO_SPAN),
        ("1h x", NO_SPAN),
        ("s", NO_SPAN),
        ("-5s", NO_SPAN),
        ("-5", NO_SPAN),
        ("nan", NO_SPAN),
        (True, NO_SPAN),
        (None, NO_SPAN),
        ([], NO_SPAN),
        (-1, NO_LENGTH),
        (-0.5, NO_LENGTH),
        (float("nan"), NO_LENGTH),
        (float("inf"), NO_LENGTH),
        (LATEST // SECOND + 1, NO_LENGTH),
        ("300000000000s", NO_LENGTH),
        ("9999999w", NO_LENGTH),
    ],
)
def test_what_is_no_span_is_refused(text: str | float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{text!r} {message}')}$"):
        span(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T00:00:00Z", EPOCH),
        ("2026-01-01T00:00:00", EPOCH),
        ("2026-01-01", EPOCH),
        ("2026-01-01T02:00:00+02:00", EPOCH),
        ("2025-12-31T19:00:00-05:00", EPOCH),
        ("2026-01-01T00:00:00.000001Z", EPOCH + 1),
        ("1969-12-31T23:59:59Z", -SECOND),
        ("9999-12-31T23:59:59Z", LATEST),
        (EPOCH // SECOND, EPOCH),
        (1.5, 3 * SECOND // 2),
        (0, 0),
        (datetime(2026, 1, 1), EPOCH),
        (datetime(2026, 1, 1, tzinfo=UTC), EPOCH),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), EPOCH),
    ],
    ids=repr,
)
def test_an_instant_is_a_date_with_its_zone_or_unix_seconds(
    text: str | float | datetime, at: int
) -> None:
    assert instant(text) == at


@pytest.mark.parametrize("text", ["", "nope", "2026-13-01", "2026-01-01T25:00:00Z", True, None])
def test_what_is_no_date_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{text!r} {NO_DATE}')}$"):
        instant(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), LATEST // SECOND + 1])
def test_seconds_that_no_date_can_show_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(repr(seconds))):
        instant(seconds)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (EPOCH, "2026-01-01T00:00:00Z"),
        (EPOCH + 1, "2026-01-01T00:00:00.000001Z"),
        (EPOCH + 90 * MINUTE + SECOND // 4, "2026-01-01T01:30:00.250000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (LATEST, "9999-12-31T23:59:59Z"),
        (LATEST + 1, "9999-12-31T23:59:59Z"),
        (10**30, "9999-12-31T23:59:59Z"),
    ],
)
def test_an_instant_is_written_as_a_date_in_utc_and_the_last_there_is_at_most(
    at: int, text: str
) -> None:
    assert iso(at) == text


@calm
@given(st.integers(-(10**15), LATEST))
def test_an_instant_that_is_written_reads_back(at: int) -> None:
    assert instant(iso(at)) == at


@pytest.mark.parametrize("speed", [0, -1.0, 1_000_001, float("nan"), float("inf")])
def test_a_clock_neither_stands_still_nor_runs_backwards_nor_too_fast(speed: float) -> None:
    with pytest.raises(ValueError, match=f"lies between 0 and 1000000, not {speed}$"):
        Pace(Mode.REAL, speed)


@pytest.mark.parametrize("speed", [0.001, 1, 1_000_000])
def test_a_clock_runs_at_any_speed_up_to_a_million(speed: float) -> None:
    assert Pace(Mode.AUTO, speed).speed == speed
