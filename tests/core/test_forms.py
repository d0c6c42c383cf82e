from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.bad import Bad, hint, shown, within
from emulator.core.clock import HOUR, LATEST, MINUTE, SECOND
from emulator.core.forms import (
    DATA,
    DOLLARS,
    FLAG,
    INSTANT,
    JSON,
    SPAN,
    TEXT,
    Field,
    Form,
    arg,
    args,
    either,
    listed,
    made,
    mapped,
    number,
    one_of,
    record,
    text_like,
    whole,
    word,
)


class Meal(StrEnum):
    """Some words."""

    LUNCH = "lunch"
    DINNER = "dinner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Some fields."""

    seats: int = 4
    meal: Meal = Meal.LUNCH
    wait: int = arg(SPAN, 5 * SECOND, "How long.")


FIELDS = {
    "seats": Field(whole(1), "How many."),
    "meal": Field(word(Meal)),
    "wait": Field(SPAN),
}
TABLE = made(Table, FIELDS)
SPAN_OR_SEATS = either(SPAN, record({"seats": Field(whole(1))}), what="a span or seats")

GOOD: list[tuple[Form[Any], Any, Any]] = [
    (whole(), 0, 0),
    (whole(2, 3), 3, 3),
    (number(0, 1), 1, 1.0),
    (number(-1, 1), -0.5, -0.5),
    (TEXT, "a", "a"),
    (FLAG, False, False),
    (DATA, {"a": [1, None]}, {"a": [1, None]}),
    (JSON, [None, True, 1, 0.5, "a", {}], [None, True, 1, 0.5, "a", {}]),
    (SPAN, "1h 30m", 90 * MINUTE),
    (SPAN, 1.5, 1_500_000),
    (SPAN, "2", 2 * SECOND),
    (INSTANT, "1970-01-01T01:00:00Z", HOUR),
    (INSTANT, "1970-01-02", 24 * HOUR),
    (INSTANT, 60, MINUTE),
    (DOLLARS, "0.05", 50_000),
    (DOLLARS, 3, 3_000_000),
    (text_like("[ab]+", "a or b"), "ab", "ab"),
    (one_of("up", "down"), "up", "up"),
    (word(Meal), "lunch", Meal.LUNCH),
    (listed(whole()), [1, 2], (1, 2)),
    (listed(whole(), 2, 2), [1, 2], (1, 2)),
    (mapped(whole(), "names to numbers"), {"a": 1}, {"a": 1}),
    (record({"a": Field(whole())}), {}, {}),
    (record({"a": Field(whole())}, needs=("a",)), {"a": 1}, {"a": 1}),
    (TABLE, {}, Table()),
    (TABLE, {"meal": "dinner", "wait": "1m"}, Table(meal=Meal.DINNER, wait=MINUTE)),
    (SPAN_OR_SEATS, "1s", SECOND),
    (SPAN_OR_SEATS, {"seats": 2}, {"seats": 2}),
]


@pytest.mark.parametrize(("form", "value", "meaning"), GOOD, ids=range(len(GOOD)))
def test_what_is_good_is_read_and_the_schema_allows_it(
    form: Form[Any], value: Any, meaning: Any
) -> None:
    assert form(value) == meaning
    assert type(form(value)) is type(meaning)
    assert _valid(form, value)


@pytest.mark.parametrize(("form", "value", "meaning"), GOOD[:-2], ids=range(len(GOOD) - 2))
def test_what_is_written_is_read_as_the_same(form: Form[Any], value: Any, meaning: Any) -> None:
    assert form.read(form.write(meaning)) == meaning
    assert _valid(form, form.write(meaning))


BAD: list[tuple[Form[Any], Any, str]] = [
    (whole(), -1, "-1 is not a whole number of at least 0"),
    (whole(), True, "true is not a whole number of at least 0"),
    (whole(), "1", "'1' is not a whole number of at least 0"),
    (whole(2, 3), 1, "1 is not a whole number of at least 2 and at most 3"),
    (whole(2, 3), 4, "4 is more than 3"),
    (number(0, 1), 1.5, "1.5 does not lie between 0 and 1"),
    (number(0, 1), "1", "'1' is not a number"),
    (number(0, 1), True, "true is not a number"),
    (TEXT, "", "'' is not a text"),
    (TEXT, None, "null is not a text"),
    (FLAG, 0, "0 is neither true nor false"),
    (DATA, [], "[] is not a mapping"),
    (SPAN, "soon", "'soon' is not a span of time, such as 30s or 1h30m"),
    (SPAN, -1, "-1 is not a span of time between nothing and eight thousand years"),
    (SPAN, True, f"true is not {SPAN.schema['description']}"),
    (SPAN, [], f"[] is not {SPAN.schema['description']}"),
    (SPAN, "1s 2", "'1s 2' is not a span of time, such as 30s or 1h30m"),
    (SPAN, "", "'' is not a span of time, such as 30s or 1h30m"),
    (INSTANT, "soon", "'soon' is not a date, such as 2026-01-01T00:00:00Z"),
    (INSTANT, "20260101", "'20260101' is not a date, such as 2026-01-01T00:00:00Z"),
    (INSTANT, None, "null is not a date, such as 2026-01-01T00:00:00Z"),
    (DOLLARS, "lots", "'lots' is not an amount of dollars, such as 25.00"),
    (DOLLARS, -1, "-1 USD is less than nothing"),
    (DOLLARS, " 1", "' 1' is not an amount of dollars, such as 25.00"),
    (text_like("[ab]+", "a or b"), "ab\n", r"'ab\n' is not a or b"),
    (one_of("up", "down"), "don", "'don' is none of up, down; did you mean 'down'?"),
    (one_of("up", lists="`x` lists them"), [], "[] is none of `x` lists them"),
    (word(Meal), "lanch", "'lanch' is none of lunch, dinner; did you mean 'lunch'?"),
    (listed(whole()), {}, "{} is not a list"),
    (listed(whole()), [1, -1], "[2]: -1 is not a whole number of at least 0"),
    (listed(whole(), 1), [], "a list of at least 1 is wanted here, not of 0"),
    (listed(whole(), 2, 2), [1], "a list of 2 is wanted here, not of 1"),
    (mapped(whole(), "names to numbers"), [], "[] is not a mapping of names to numbers"),
    (mapped(whole(), "names to numbers"), {"a": "b"}, "a: 'b' is not a whole number of at least 0"),
    (TABLE, 3, "3 is not a mapping of seats, meal, wait"),
    (TABLE, {"sets": 1}, "there is no 'sets'; there is seats, meal, wait; did you mean 'seats'?"),
    (TABLE, {"seats": 0}, "seats: 0 is not a whole number of at least 1"),
    (record(FIELDS, needs=("meal",)), {"seats": 1}, "`meal` is missing"),
    (
        record(FIELDS, alone=("seats", "meal")),
        {"meal": "lunch", "seats": 1},
        "seats and meal do not go together: say one of them",
    ),
    (SPAN_OR_SEATS, [], "[] is not a span or seats"),
    (SPAN_OR_SEATS, {"seats": 0}, "seats: 0 is not a whole number of at least 1"),
    (either(SPAN, TEXT, what="a span or a text"), "", "'' is not a span or a text"),
]


@pytest.mark.parametrize(("form", "value", "said"), BAD, ids=range(len(BAD)))
def test_what_is_bad_is_explained_and_the_schema_refuses_it(
    form: Form[Any], value: Any, said: str
) -> None:
    with pytest.raises(Bad) as bad:
        form.read(value)
    assert str(bad.value) == said
    assert not _valid(form, value)


@given(st.integers(0, 10**13) | st.integers(0, 10**9).map(lambda one: one * SECOND))
def test_every_span_is_written_as_it_is_read(length: int) -> None:
    assert SPAN.read(SPAN.write(length)) == length
    assert _valid(SPAN, SPAN.write(length))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0s"),
        (1, "0.000001s"),
        (250_000, "250ms"),
        (1_500_000, "1.5s"),
        (SECOND, "1s"),
        (MINUTE, "1m"),
        (90 * MINUTE, "1h30m"),
        (HOUR + 1, "1h0.000001s"),
    ],
)
def test_spans_are_written_shortly(length: int, text: str) -> None:
    assert SPAN.write(length) == text


@given(st.integers(0, LATEST))
def test_every_instant_is_written_as_it_is_read(at: int) -> None:
    assert INSTANT.read(INSTANT.write(at)) == at
    assert _valid(INSTANT, INSTANT.write(at))


@given(st.integers(0, 10**15))
def test_every_amount_is_written_as_it_is_read(micros: int) -> None:
    assert DOLLARS.read(DOLLARS.write(micros)) == micros
    assert _valid(DOLLARS, DOLLARS.write(micros))


@pytest.mark.parametrize(
    ("micros", "text"), [(0, "0.00"), (1, "0.000001"), (25_000_000, "25.00"), (500_000, "0.50")]
)
def test_amounts_are_written_with_cents(micros: int, text: str) -> None:
    assert DOLLARS.write(micros) == text


def test_defaults_are_not_written() -> None:
    assert TABLE.write(Table()) == {}
    assert TABLE.write(Table(wait=1_500_000)) == {"wait": "1.5s"}


def test_an_argument_of_a_dataclass_knows_its_form_and_text() -> None:
    assert dict(args(_Only)) == {"wait": Field(SPAN, "How long.")}
    assert _Only().wait == 5 * SECOND


def test_what_a_form_makes_of_a_value_may_be_bad_too() -> None:
    def even(found: int) -> int:
        if found % 2:
            raise Bad("it is odd", ("here",), "there")
        return found // 2

    half = record({"n": Field(whole().then(even, lambda found: found * 2, multipleOf=2))})
    assert half.read({"n": 4}) == {"n": 2}
    assert half.write({"n": 2}) == {"n": 4}
    assert not _valid(half, {"n": 3})
    with pytest.raises(Bad) as bad:
        half.read({"n": 3})
    assert (bad.value.path, bad.value.key) == (("n", "here"), "there")
    assert str(bad.value) == "n: here: it is odd"


def test_values_within_each_other_have_a_depth() -> None:
    deep: Any = []
    for _ in range(98):
        deep = [deep]
    assert JSON.read(deep) == deep
    with pytest.raises(Bad, match="more than 100 deep"):
        JSON.read([[deep]])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, -(2**63) - 1, {1}, b"a"])
def test_what_json_does_not_have_is_no_data(value: Any) -> None:
    with pytest.raises(Bad, match=r"a: .* is no value that JSON has$"):
        DATA.read({"a": value})


def test_a_place_is_named_from_the_outside_in() -> None:
    with pytest.raises(Bad) as bad, within("a"), within(2), within("b\n"), within("c"):
        raise ValueError("why")
    assert bad.value.path == ("a", 2, "b\n", "c")
    assert str(bad.value) == r"a[3]: 'b\n': c: why"


def test_what_is_shown_is_one_short_line() -> None:
    for value in ("\n" * 999, [[[[[1]]]]] * 99, {"a" * 999: "b" * 999}, b"x" * 999, None):
        assert len(shown(value)) < 400
        assert "\n" not in shown(value)


def test_only_what_is_alike_is_meant() -> None:
    assert hint("statsu", ["status", "list"]) == "; did you mean 'status'?"
    assert hint("xyz", ["status", "list"]) == ""
    assert hint("x" * 10**6, ["status"]) == ""
    assert hint([], Meal) == ""
    assert hint("lunh", Meal) == "; did you mean 'lunch'?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Only:
    wait: int = arg(SPAN, 5 * SECOND, "How long.")


def _valid(form: Form[Any], value: Any) -> bool:
    schema: Mapping[str, Any] = form.schema
    return jsonschema_rs.Draft202012Validator(dict(schema)).is_valid(value)
