"""Spans and outcomes in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.intents import End, Outcome
from contracts.phrases import lasted, reported, span, unnamed, why
from contracts.trial import Ill, Trouble
from tests.contracts.checks.playing import broken, played


@pytest.mark.parametrize(
    ("micros", "said"),
    [
        (0, "0 s"),
        (2, "2 µs"),
        (999, "999 µs"),
        (1_500, "1.5 ms"),
        (999_400, "999 ms"),
        (999_600, "1 s"),
        (-250_000, "-250 ms"),
    ],
)
def test_a_short_span_is_said_without_an_exponent(micros: int, said: str) -> None:
    assert span(micros) == said


def test_seconds_are_said_in_the_same_way() -> None:
    assert (lasted(1.5), lasted(600)) == ("1.5 s", "10 min")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(outcome=End.SUCCEEDED), "the client reported success with 0 results"),
        (
            Outcome(outcome=End.SUCCEEDED, urls=("a",), job="b"),
            "the client reported success with 1 result",
        ),
        (Outcome(outcome=End.FAILED, reason="No."), "the client reported a failure: No."),
        (
            Outcome(outcome=End.CANCELLED),
            "the client reported that the job was cancelled",
        ),
        (Outcome(outcome=End.GAVE_UP, error="late"), "the client gave up: late"),
        (Outcome(outcome=End.NOTHING), "the client reported nothing"),
    ],
)
def test_an_outcome_is_said_in_a_sentence(outcome: Outcome, said: str) -> None:
    trial = replace(played("that_lists"), outcome=outcome)
    assert reported(trial) + why(trial) == said


def test_what_went_wrong_with_the_client_is_said_first() -> None:
    crash = Trouble(Ill.CRASH, "KeyError: 'url'")
    trial = replace(
        played("that_lists"), outcome=Outcome(outcome=End.NOTHING, error="x"), trouble=crash
    )
    assert reported(trial) + why(trial) == "the client reported nothing: crash: KeyError: 'url'"
    assert broken("money.no-paid-result-lost", trial) == [
        f"$0.40 was charged for a video that is there; {unnamed(trial)}"
    ]
    assert unnamed(trial) == "the client reported nothing, and did not name the job"
