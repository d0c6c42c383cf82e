"""Single values as they are written: numbers, texts, spans, dates, money, words.

Each form is reader, writer and JSON Schema in one; what it writes it reads as the same value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from emulator.core.bad import LONGEST, Bad, listing, shown, within
from emulator.core.clock import LATEST, SECOND, Instant, Span, instant, iso, span
from emulator.core.money import Micros, amount, dollars

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=StrEnum)

MOST = 10**15
"""Larger counts are mistakes."""

DEPTH = 100
"""Lists and mappings within each other, at the most."""

NUMBER = r"[0-9]+(?:\.[0-9]+)?"
SPANS = rf"(?: *{NUMBER} *(?:ms|s|m|h|d|w))+ *|{NUMBER}"
"""What a span looks like, for regular expressions."""

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How one kind of value is read and written, and the JSON Schema of what can be read."""

    read: Callable[[Any], T]
    schema: Mapping[str, Any]
    write: Callable[[Any], Any] = _same

    def __call__(self, value: Any) -> T:
        return self.read(value)

    def then(
        self, make: Callable[[T], U], take: Callable[[U], Any] = _same, **also: Any
    ) -> Form[U]:
        """The form of what `make` makes of such a value; `take` undoes that. `make` may say Bad.

        `also` are more keywords for the schema.
        """
        return Form(
            lambda value: make(self.read(value)),
            {**self.schema, **also},
            lambda value: self.write(take(value)),
        )


def whole(least: int = 0, most: int = MOST) -> Form[int]:
    """A whole number."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            upper = f" and at most {most}" if most < MOST else ""
            raise Bad(f"{shown(value)} is not a whole number of at least {least}{upper}")
        if value > most:
            raise Bad(f"{shown(value)} is more than {most}")
        return value

    return Form(read, {"type": "integer", "minimum": least, "maximum": most})


def number(least: float, most: float) -> Form[float]:
    """Any number."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Bad(f"{shown(value)} is not a number")
        if not least <= value <= most:
            raise Bad(f"{shown(value)} does not lie between {least:g} and {most:g}")
        return float(value)

    return Form(read, {"type": "number", "minimum": least, "maximum": most})


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Bad(f"{shown(value)} is not a text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Bad(f"{shown(value)} is neither true nor false")
    return value


def _json(value: Any, depth: int = DEPTH) -> Any:
    if depth == 0:
        raise Bad(f"lists and mappings go more than {DEPTH} deep here")
    if isinstance(value, Mapping):
        found = {}
        for name, one in value.items():
            with within(str(name)):
                found[str(name)] = _json(one, depth - 1)
        return found
    if isinstance(value, list | tuple):
        return [_json(one, depth - 1) for one in value]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, float) and abs(value) < float("inf"):
        return value
    raise Bad(f"{shown(value)} is no value that JSON has")


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Bad(f"{shown(value)} is not a mapping")
    return _json(value)  # type: ignore[no-any-return]


def text_like(pattern: str, what: str) -> Form[str]:
    """A text that looks like a regular expression; `what` says how in words."""
    form = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise Bad(f"{shown(value)} is not {what}")
        return value

    return Form(read, {"type": "string", "pattern": f"^(?:{pattern})$", "description": what})


def _number_or(
    pattern: str,
    most: float,
    what: str,
    read: Callable[[Any], int],
    write: Callable[[int], str],
) -> Form[int]:
    """A number, or a text that looks like that; `read` has the last word."""
    form = re.compile(pattern)

    def made(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Bad(f"{shown(value)} is not {what}")
        try:
            given = read(value)
        except (ValueError, OverflowError) as error:
            why = str(error) if len(str(error)) < 2 * LONGEST else f"{shown(value)} is not {what}"
            raise Bad(why) from None
        if isinstance(value, str) and not form.fullmatch(value):
            raise Bad(f"{shown(value)} is not {what}")
        if given < 0:
            raise Bad(f"{shown(value)} is less than nothing")
        return given

    schema = {
        "type": ["string", "number"],
        "pattern": f"^(?:{pattern})$",
        "minimum": 0,
        "maximum": most,
        "description": what,
    }
    return Form(made, schema, write)


def _instant(value: Any) -> Instant:
    found = instant(value)
    if found < 0:
        raise Bad(f"{shown(value)} lies before the year 1970")
    return found


def span_text(length: Span) -> str:
    """A span as it is written: `1h30m`, `2.5s`, `250ms`."""
    if 0 < length < SECOND and length % 1000 == 0:
        return f"{length // 1000}ms"
    seconds, micros = divmod(length, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f"{seconds}.{micros:06d}".rstrip("0") if micros else str(seconds)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if minutes else ""
    return text + (f"{part}s" if part != "0" or not text else "")


def _dollars_text(micros: Micros) -> str:
    whole, _, part = dollars(micros).partition(".")
    return f"{whole}.{part.rstrip('0'):0<2}"


JSON: Form[Any] = Form(_json, {})
TEXT = Form(_text, {"type": "string", "minLength": 1})
FLAG = Form(_flag, {"type": "boolean"})
DATA: Form[Mapping[str, Any]] = Form(_mapping, {"type": "object"})
SPAN: Form[Span] = _number_or(
    SPANS,
    LATEST // SECOND,
    "a span of time, such as 30s, 1h30m or 250ms, or a number of seconds",
    span,
    span_text,
)
INSTANT: Form[Instant] = _number_or(
    rf"{DAY}(?:[Tt ].+)?", LATEST // SECOND, "a date, such as 2026-01-01T00:00:00Z", _instant, iso
)
DOLLARS: Form[Micros] = _number_or(
    NUMBER, 10**9, "an amount of dollars, such as 25.00", amount, _dollars_text
)


def word(kind: type[E]) -> Form[E]:
    """One of an enum's words."""
    return one_of(*kind).then(kind, lambda value: kind(value).value)


def one_of(*words: str, lists: str = "") -> Form[str]:
    """One of these words. `lists` says who lists them, where a message cannot."""

    def read(value: Any) -> str:
        if value not in words:
            raise Bad(f"{shown(value)} is none of {listing(words, lists, value)}")
        return str(value)

    return Form(read, {"enum": [str(one) for one in words]})
