"""Clients under virtual time: they live on the world's clock, and every run is the same."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts.cases import Case
from contracts.intents import End
from contracts.subjects.python import PythonSubject
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from emulator import Scenario, read_scenario
from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule

HOME = "tests.contracts.virtual.clients"
BODY = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite"}
SWIFT = Scenario(plans=(PlanRule(queued=10 * SECOND, running=47 * SECOND),))
POLLING = ["with_requests", "with_urllib", "with_httpx"]


@pytest.fixture(scope="module")
def play() -> Iterator[Callable[..., Trial]]:
    """Plays trials; every client has one worker for the whole module."""
    subjects: dict[str, PythonSubject] = {}

    def play(name: str, scenario: Scenario = SWIFT, **more: Any) -> Trial:
        if name not in subjects:
            subjects[name] = PythonSubject(f"{HOME}:{name}").__enter__()
        return subjects[name].play(Case(provider="oxen", scenario=scenario, body=BODY, **more))

    yield play
    for subject in subjects.values():
        subject.__exit__(None, None, None)


@pytest.mark.parametrize("name", POLLING)
def test_a_polling_client_polls_on_the_worlds_clock(name: str, play: Callable[..., Trial]) -> None:
    trial = play(name)
    assert trial.outcome.outcome is End.SUCCEEDED
    assert (trial.ended - trial.began) // SECOND == 60
    polls = [one.began - trial.began for one in trial.exchanges if one.operation == "status"]
    assert [at // 1000 for at in polls] == [5000 * nth for nth in range(13)]
    assert len(set(polls)) == len(polls), "no two calls come at the same instant"
    (job,) = trial.jobs
    assert trial.outcome.job == job.id
    assert trial.captured == 350_000


@pytest.mark.parametrize("name", [*POLLING, "with_events"])
def test_the_same_trial_gives_the_same_record(name: str, play: Callable[..., Trial]) -> None:
    faults = ["reset", {"do": {"delay": {"by": "3s"}}, "on": {"operation": "status", "every": 3}}]
    for scenario in (SWIFT, read_scenario({"faults": faults[1:]})):
        first, second = play(name, scenario), play(name, scenario)
        assert pickle.dumps(first) == pickle.dumps(second)


def test_a_client_of_the_event_stream_hears_its_event(play: Callable[..., Trial]) -> None:
    trial = play("with_events")
    assert trial.outcome.outcome is End.SUCCEEDED
    assert (trial.ended - trial.began) // SECOND == 57


@pytest.mark.parametrize(
    ("do", "name", "error"),
    [
        ("reset", "with_requests", "ConnectionError"),
        ("close", "with_httpx", "RemoteProtocolError"),
        ("cut_body", "with_urllib", "IncompleteRead"),
        ("bad_chunk", "with_requests", "ChunkedEncodingError"),
        ("stall", "with_httpx", "ReadTimeout"),
        ({"refuse": {"status": 503}}, "with_urllib", "HTTPError"),
    ],
)
def test_faults_of_the_wire_look_as_on_a_socket(
    do: Any, name: str, error: str, play: Callable[..., Trial]
) -> None:
    trial = play(name, read_scenario({"faults": [{"do": do, "on": {"operation": "status"}}]}))
    assert trial.outcome.outcome is End.NOTHING
    assert str(trial.trouble).startswith(f"crash: {error}")
    assert sum(trial.struck.values()) == 1


def test_a_timeout_is_over_on_the_worlds_clock(play: Callable[..., Trial]) -> None:
    trial = play("that_times_out", read_scenario({"faults": ["stall"]}))
    assert trial.outcome.error == "it answered", "a call without a key is refused, and never stalls"


def test_every_clock_tells_the_worlds_time(play: Callable[..., Trial]) -> None:
    trial = play("that_reads_clocks")
    told = (1767225690.0, 90.0, "2026-01-01T00:01:30+00:00", (2026, 1, 1, 0, 1))
    assert trial.outcome.error == repr(told)


def test_who_waits_busily_makes_time_pass(play: Callable[..., Trial]) -> None:
    trial = play("that_waits_busily")
    assert trial.outcome.error == "at last"
    assert 2 * SECOND <= trial.ended - trial.began < 3 * SECOND


def test_a_client_that_never_returns_is_stopped_on_its_own_clock(
    play: Callable[..., Trial],
) -> None:
    trial = play("that_never_returns", deadline_s=60)
    assert str(trial.trouble) == "overrun: 240 seconds of the trial's clock have passed"


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("that_crashes", "crash: KeyError: 'generations'"),
        ("that_says_nonsense", "garbage: 'done!' is no object with an outcome"),
    ],
)
def test_what_is_no_outcome_is_told_as_it_is(
    name: str, trouble: str, play: Callable[..., Trial]
) -> None:
    trial = play(name)
    assert (trial.outcome.outcome, str(trial.trouble)) == (End.NOTHING, trouble)


def test_no_other_host_is_reached_and_the_attempt_is_told(play: Callable[..., Trial]) -> None:
    trial = play("that_goes_elsewhere")
    assert trial.outcome.error == "ConnectionError"
    assert trial.asked == (("hub.oxen.ai", 80),)


def test_a_client_that_spins_is_killed_and_the_next_trial_goes_on() -> None:
    case = Case(provider="oxen", scenario=SWIFT, body=BODY)
    with PythonSubject(f"{HOME}:that_spins", patience=1.0) as subject:
        for _ in range(2):
            trouble = subject.play(case).trouble
            assert trouble is not None
            assert trouble.kind is Ill.STUCK


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.at.all:call", "cannot be imported: ModuleNotFoundError"),
        (f"{HOME}:nothing", "cannot be imported: AttributeError"),
        (f"{HOME}:not_callable", "not_callable is not callable"),
        (HOME, "package.module:callable"),
    ],
)
def test_a_subject_that_is_none_is_a_clear_error(name: str, said: str) -> None:
    with pytest.raises(BadSubject, match=said), PythonSubject(name):
        pass
