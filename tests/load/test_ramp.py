from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.load.ramp import Ramp, read, steady

STAGES = st.lists(st.tuples(st.floats(0.1, 1000), st.integers(0, 1000)), min_size=1, max_size=5)


def test_users_come_in_straight_lines_from_stage_to_stage() -> None:
    ramp = read("10s:50, 1m:200,20s:0")
    assert ramp.stages == ((10, 50), (60, 200), (20, 0))
    assert (ramp.length, ramp.most) == (90, 200)
    shown = [ramp.users(at) for at in (0, 5, 10, 40, 70, 80, 90, 1000)]
    assert shown == [0, 25, 50, 125, 200, 100, 0, 0]


@given(STAGES, st.floats(0, 10_000))
def test_there_are_never_more_users_than_the_most(
    stages: list[tuple[float, int]], at: float
) -> None:
    ramp = Ramp(tuple(stages))
    assert 0 <= ramp.users(at) <= ramp.most


@given(st.integers(1, 1000), st.floats(0.5, 1000), st.floats(1, 1000))
def test_a_steady_run_is_as_long_as_was_asked_for(users: int, rate: float, length: float) -> None:
    ramp = steady(users, rate, length)
    assert ramp.length == pytest.approx(length)
    assert 1 <= ramp.most <= users


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a span and a number of users"),
        ("10s", "'10s' is not a span"),
        ("10s:-1", "'10s:-1' is not a span"),
        ("10s:1000001", "is not a span"),
        ("soon:5", "'soon' is not a span of time"),
        ("0s:5", "no time at all"),
        ("10s:0", "never has a user"),
    ],
)
def test_a_wrong_ramp_is_explained(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(text)
