"""How long a create waits: `wait_seconds`, and `poll_interval_seconds` while it does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule
from emulator.providers.port import Wait
from tests.providers.desk import FAILS, STUCK, Desk, created

# The job ends after forty seconds. An interval that is not given is two seconds.
# wait_seconds, poll_interval_seconds, seconds until the answer, the status in it
WAITS: tuple[tuple[Any, Any, float, str], ...] = (
    (None, None, 0, "running"),
    (0, None, 0, "running"),
    (0, 2, 0, "running"),
    (None, 2, 0, "running"),
    (3, 2, 3, "running"),
    (3, None, 3, "running"),
    (39, None, 39, "running"),
    (40, None, 40, "succeeded"),
    (60, None, 40, "succeeded"),
    (60, 0, 40, "succeeded"),
    (60, 1, 40, "succeeded"),
    (60, 2, 40, "succeeded"),
    (60, 7, 42, "succeeded"),
    (60, 39, 60, "succeeded"),
    (60, 60, 60, "succeeded"),
    (41, 7, 41, "succeeded"),
    (60, 100, 60, "succeeded"),
    (30.0, 2.0, 30, "running"),
)


@pytest.mark.parametrize(("wait", "interval", "seconds", "status"), WAITS)
def test_a_create_waits_as_long_as_it_was_told_and_polls_its_job(
    wait: Any, interval: Any, seconds: float, status: str
) -> None:
    desk = Desk()
    asked = {"wait_seconds": wait, "poll_interval_seconds": interval}
    shown = created(desk, **{name: one for name, one in asked.items() if one is not None})
    assert desk.clock - desk.jobs[0].submitted == seconds * SECOND
    assert shown["status"] == status
    assert shown.get("poll_after_seconds") == (5 if status == "running" else None)
    assert bool(shown["data"]) == (status == "succeeded")


@settings(deadline=None)
@given(running=st.integers(0, 80 * SECOND))
def test_an_interval_that_is_not_given_is_two_seconds(running: int) -> None:
    told, untold = (Desk(plans=(PlanRule(queued=0, running=running),)) for _ in range(2))
    assert created(told, wait_seconds=60, poll_interval_seconds=2) == created(
        untold, wait_seconds=60
    )
    assert told.clock == untold.clock


def test_a_failure_is_seen_while_waiting_too() -> None:
    desk = Desk(plans=(FAILS,))
    shown = created(desk, wait_seconds=100, poll_interval_seconds=3)
    assert shown["status"] == "failed"
    assert desk.clock - desk.jobs[0].submitted == 42 * SECOND


def test_a_wait_ends_where_its_job_does_not() -> None:
    desk = Desk(plans=(STUCK,))
    assert created(desk, wait_seconds=600, poll_interval_seconds=10)["status"] == "running"
    assert desk.clock - desk.jobs[0].submitted == 600 * SECOND


def test_waiting_changes_nothing_but_the_time_of_the_answer() -> None:
    waiting, polling = Desk(), Desk()
    shown = created(waiting, wait_seconds=60)
    operation = created(polling)["operation"]
    assert shown["operation"] == operation
    assert waiting.account("omixa") == polling.after(60).account("omixa")


@settings(deadline=None)
@given(
    wait=st.integers(0, 90),
    interval=st.integers(1, 30),
    queued=st.integers(0, 40 * SECOND),
    running=st.integers(0, 40 * SECOND),
)
def test_the_answer_comes_with_the_first_poll_that_sees_the_end(
    wait: int, interval: int, queued: int, running: int
) -> None:
    desk = Desk(plans=(PlanRule(queued=queued, running=running),))
    shown = created(desk, wait_seconds=wait, poll_interval_seconds=interval)
    took, ended, until = desk.clock - desk.jobs[0].submitted, queued + running, wait * SECOND
    looks = [nth * interval * SECOND for nth in range(1, 90)]
    assert took == min([look for look in looks if look >= ended] + [until])
    assert took <= until
    assert (shown["status"] == "succeeded") == (ended <= took)


MICROS = st.integers(0, 10**9)


@settings(deadline=None)
@given(
    submitted=MICROS,
    lasted=MICROS,
    patience=st.none() | MICROS,
    every=st.none() | st.integers(1, 10**8),
)
def test_a_wait_is_answered_at_the_first_look_after_the_end_or_when_it_is_over(
    submitted: int, lasted: int, patience: int | None, every: int | None
) -> None:
    desk = Desk(start=submitted)
    created(desk)
    until = None if patience is None else submitted + patience
    answered = Wait(desk.jobs[0], until, every).answers(submitted + lasted)
    if answered == until:
        assert every or lasted >= patience
        return
    assert until is None or answered < until
    if every is None:
        assert answered == submitted + lasted
    else:
        looks, rest = divmod(answered - submitted, every)
        assert rest == 0
        assert looks >= 1
        assert (looks - 1) * every < lasted <= looks * every or lasted == 0
