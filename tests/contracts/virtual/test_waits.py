"""Whatever waits with a timeout waits on the trial's clock, and never for real."""

from __future__ import annotations

import time

import pytest

from contracts.cases import Case, sample
from contracts.subjects.python import PythonSubject
from contracts.trial import Trial

HOME = "tests.contracts.virtual.waiting"
CASE = Case(provider="oxen", body=sample("oxen"))


def played(name: str) -> tuple[Trial, float]:
    """A trial, and the seconds of the machine's that it took."""
    with PythonSubject(f"{HOME}:{name}") as subject:
        began = time.monotonic()
        return subject.play(CASE), time.monotonic() - began


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("simple_queue", "Empty after 20 s"),
        ("plain_queue", "Empty after 20 s"),
        ("full_queue", "Full after 20 s"),
        ("lock", "False after 20 s"),
        ("event", "False after 20 s"),
        ("condition", "False after 20 s"),
        ("semaphore", "False after 20 s"),
        ("barrier", "BrokenBarrierError after 20 s"),
        ("future", "TimeoutError after 20 s"),
        ("selected_pair", "([], [], []) after 20 s"),
        ("polled_pipe", "[] after 20 s"),
        ("epolled", "[] after 20 s"),
        ("epolled_answer", "(1, []) after 20 s"),
        ("what_is_there", "(7, (False, False, True), True, True, True) after 0 s"),
    ],
)
def test_a_wait_with_a_timeout_takes_the_worlds_time(name: str, said: str) -> None:
    trial, seconds = played(name)
    assert (trial.trouble, trial.outcome.error) == (None, said)
    assert seconds < 8


@pytest.mark.parametrize("name", ["a_lock_for_ever", "a_simple_queue_for_ever", "a_pipe_for_ever"])
def test_a_wait_for_what_never_comes_ends(name: str) -> None:
    trial, seconds = played(name)
    assert str(trial.trouble) == "overrun: everybody waits, and nothing is to come"
    assert seconds < 8


@pytest.mark.parametrize(
    "name", ["a_call_at_the_end", "an_awaited_call_at_the_end", "a_glance_at_the_end"]
)
def test_a_call_that_comes_too_late_gets_no_answer_of_the_emulators(name: str) -> None:
    trial, _ = played(name)
    assert str(trial.trouble) == "overrun: 2400 seconds of the trial's clock have passed"
    assert trial.exchanges == ()
