"""Instants and spans, in whole microseconds, and the pace at which a world's clock moves.

Nothing here asks what time it is: an instant is always handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

Instant: TypeAlias = int
"""Microseconds since the Unix epoch, on a world's clock."""

Span: TypeAlias = int
"""A length of time in microseconds."""

SECOND: Span = 1_000_000
MINUTE: Span = 60 * SECOND
HOUR: Span = 60 * MINUTE

EPOCH: Instant = 1_767_225_600 * SECOND
"""Where a world's clock starts when no scenario says so: 2026-01-01T00:00:00Z."""

LATEST: Instant = 253_402_300_799 * SECOND
"""The last second of the year 9999, beyond which no date can be written."""

UNITS = {"ms": 1_000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": 24 * HOUR, "w": 168 * HOUR}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")


class Mode(StrEnum):
    """How a world's clock moves: with the machine's, only by hand, or jumping when all wait."""

    REAL = "real"
    MANUAL = "manual"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Pace:
    """A clock's mode, and how many of its seconds pass in one of the machine's."""

    mode: Mode = Mode.REAL
    speed: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.speed <= 1_000_000:
            raise ValueError(f"a clock's speed lies between 0 and 1000000, not {self.speed}")


def span(text: str | int | float) -> Span:
    """Read a span: `30s`, `1h30m`, `250ms`, or a plain number of seconds."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _whole(text, text)
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not a span of time, such as 30s or 1h30m")
    squeezed = text.replace(" ", "")
    parts = PART.findall(squeezed)
    if parts and "".join(number + unit for number, unit in parts) == squeezed:
        return _whole(sum(float(number) * UNITS[unit] for number, unit in parts) / SECOND, text)
    try:
        return _whole(float(squeezed), text)
    except ValueError:
        raise ValueError(f"{text!r} is not a span of time, such as 30s or 1h30m") from None


def _whole(seconds: float, seen: str | int | float) -> Span:
    if not 0 <= seconds <= LATEST // SECOND:
        raise ValueError(f"{seen!r} is not a span of time between nothing and eight thousand years")
    return round(seconds * SECOND)


def instant(text: str | int | float) -> Instant:
    """Read an instant: an ISO 8601 date with its zone (UTC if none), or Unix seconds."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _whole(text, text)
    try:
        read = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"{text!r} is not a date, such as 2026-01-01T00:00:00Z") from None
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def iso(at: Instant) -> str:
    """An instant as people read it: `2026-01-01T00:00:00Z`, and microseconds if it has any.

    What lies beyond the last date is shown as that.
    """
    seconds, micros = divmod(min(at, LATEST), SECOND)
    day = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{day}.{micros:06d}Z" if micros else f"{day}Z"
