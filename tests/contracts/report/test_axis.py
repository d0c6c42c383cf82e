"""Places on the axis grow with time; a long quiet gap is drawn short, and said."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.report.axis import axis
from emulator.core.clock import HOUR, SECOND

INSTANTS = st.lists(st.integers(0, 10_000) | st.integers(0, 10**12), max_size=30)


@given(INSTANTS, INSTANTS)
def test_what_is_later_is_never_further_left(instants: list[int], asked: list[int]) -> None:
    made = axis(instants)
    places = [made.place(at) for at in sorted(asked)]
    assert all(0 <= one <= 1 for one in places)
    assert all(one <= two for one, two in pairwise(places))


@given(INSTANTS)
def test_labels_never_cover_each_other(instants: list[int]) -> None:
    made = axis(instants)
    places = sorted(one.place for one in made.ticks)
    assert all(two - one > 0.07 for one, two in pairwise(places))
    assert len({one.label for one in made.ticks}) <= len(made.ticks)


def test_an_even_row_of_calls_is_drawn_evenly() -> None:
    made = axis([nth * 5 * SECOND for nth in range(13)])
    assert not made.breaks
    assert round(made.place(30 * SECOND), 9) == 0.5
    assert [one.label for one in made.ticks][:3] == ["0 s", "10 s", "20 s"]


def test_a_long_quiet_gap_leaves_room_for_what_happened() -> None:
    made = axis([0, 5 * SECOND, 10 * SECOND, 15 * SECOND, 2 * HOUR])
    (found,) = made.breaks
    assert found.length == 2 * HOUR - 15 * SECOND
    assert made.place(15 * SECOND) > 0.15
    assert made.ticks[-1].label == "2:00:00"


def test_a_trial_without_time_has_an_axis_too() -> None:
    assert [one.label for one in axis([0, 0]).ticks] == ["0 s"]
    assert axis([]).place(0) == 0
