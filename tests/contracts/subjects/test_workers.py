"""Programs that stay up: an intent in each line, an outcome in each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contracts.cases import Case, Kill, When
from contracts.intents import End
from contracts.subjects.program import ProgramSubject
from contracts.subjects.subject import BadSubject
from contracts.trial import Trial

WORKER = (sys.executable, "-I", "-S", str(Path(__file__).parent / "programs" / "stays_up.py"))


@pytest.fixture
def worker() -> Iterator[ProgramSubject]:
    with ProgramSubject(WORKER, abilities=None, worker=True, grace=5) as subject:
        yield subject


def case(prompt: str = "tell", **given: Any) -> Case:
    return Case(provider="oxen", body={"prompt": prompt}, **{"deadline_s": 5, **given})


def told(trial: Trial) -> Any:
    assert trial.trouble is None
    return json.loads(trial.outcome.error)


def test_a_worker_stays_up_and_its_state_does_not(worker: ProgramSubject) -> None:
    first, second = told(worker.play(case())), told(worker.play(case()))
    assert first == {**second, "told": 1}
    assert (second["told"], second["found"], second["same"]) == (2, False, True)


def test_a_worker_calls_each_trials_own_emulator(worker: ProgramSubject) -> None:
    first, second = worker.play(case("call")), worker.play(case("call"))
    assert told(first)["pid"] == told(second)["pid"]
    assert first.intent.base_url != second.intent.base_url
    assert [len(one.exchanges) for one in (first, second)] == [3, 3]


@pytest.mark.parametrize(
    ("prompt", "trouble"),
    [
        ("exit", "crash: it ended with exit code 4: no more of this"),
        ("hang", "stuck: it had not answered after 0.5 s"),
        ("flood", "flood: it wrote more than 1024 KiB to its errors"),
        ("babble", "garbage: it is no JSON"),
    ],
)
def test_a_worker_that_breaks_is_replaced(prompt: str, trouble: str) -> None:
    with ProgramSubject(WORKER, abilities=None, worker=True, grace=0.4) as worker:
        before = told(worker.play(case()))
        for _ in range(2):
            trial = worker.play(case(prompt, deadline_s=0.1 if prompt == "hang" else 5))
            assert trial.outcome.outcome is End.NOTHING
            assert str(trial.trouble).startswith(trouble)
        after = told(worker.play(case()))
        assert after["told"] == 1
        assert after["pid"] != before["pid"]


def test_a_worker_that_says_more_than_its_outcome_is_replaced(worker: ProgramSubject) -> None:
    trial = worker.play(case("add"))
    assert (trial.outcome.outcome, trial.trouble) == (End.CANCELLED, None)
    assert told(worker.play(case()))["told"] == 1


def test_what_a_worker_mutters_is_counted_by_the_trial(worker: ProgramSubject) -> None:
    assert [told(worker.play(case("mutter")))["told"] for _ in range(4)] == [1, 2, 3, 4]


def test_a_stream_that_a_worker_keeps_open_is_on_record(worker: ProgramSubject) -> None:
    for nth in (1, 2):
        trial = worker.play(case("listen"))
        assert told(trial)["told"] == nth
        assert [one.operation for one in trial.exchanges] == ["events"]


def test_a_worker_that_ends_between_trials_loses_none(worker: ProgramSubject) -> None:
    pids = [told(worker.play(case("die afterwards")))["pid"] for _ in range(5)]
    assert len(set(pids)) == 5


def test_a_worker_is_killed_and_asked_again(worker: ProgramSubject) -> None:
    before = told(worker.play(case()))
    trial = worker.play(case("call", kill=Kill(when=When.WITHIN, call=2)))
    after = told(trial)
    assert before["pid"] != after["pid"]
    assert after["told"] == 1
    assert (trial.killed, len(trial.exchanges)) == (2, 5)
    assert told(worker.play(case()))["pid"] == after["pid"], "the new one stays up, too"


def test_a_worker_plays_one_trial_at_a_time(worker: ProgramSubject) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = [told(one) for one in pool.map(worker.play, [case("call")] * 12)]
    assert {(one["found"], one["same"]) for one in found} == {(False, True)}
    last = {one["pid"]: one["told"] for one in sorted(found, key=lambda one: one["told"])}
    assert sum(last.values()) == 12


def test_a_worker_is_gone_with_its_subject(worker: ProgramSubject) -> None:
    pid = told(worker.play(case()))["pid"]
    worker.close()
    assert not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text()


def test_a_worker_is_started_before_there_is_an_intent() -> None:
    with (
        pytest.raises(BadSubject, match="before there is an intent"),
        ProgramSubject((*WORKER, "{prompt}"), abilities=None, worker=True),
    ):
        pass
