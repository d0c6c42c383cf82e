"""A client that is killed is gone at that instant, with all it had in memory; what it had saved is
there when it is started once more."""

from __future__ import annotations

import pickle

import pytest

from contracts.cases import Case, Kill, When, sample
from contracts.ground import plain
from contracts.intents import End
from contracts.subjects.python import PythonSubject
from contracts.trial import Trial

HOME = "tests.contracts.virtual.killed"
SAVING = ["that_saves", "that_awaits"]


def played(name: str, when: When, call: int) -> Trial:
    case = plain("oxen")
    killed = Case(
        provider="oxen",
        scenario=case.scenario,
        body=sample("oxen"),
        kill=Kill(when=when, call=call),
    )
    with PythonSubject(f"{HOME}:{name}") as subject:
        first, second = subject.play(killed), subject.play(killed)
    assert pickle.dumps(first) == pickle.dumps(second)
    return first


def operations(trial: Trial) -> list[str]:
    return [one.operation for one in trial.exchanges]


@pytest.mark.parametrize("name", SAVING)
def test_killed_before_a_call_the_provider_never_hears_of_it(name: str) -> None:
    trial = played(name, When.BEFORE, 1)
    assert (trial.killed, trial.outcome.outcome) == (0, End.SUCCEEDED)
    assert operations(trial).count("enqueue") == len(trial.jobs) == 1


@pytest.mark.parametrize("name", SAVING)
def test_killed_within_a_call_the_provider_has_done_it_and_nobody_knows(name: str) -> None:
    trial = played(name, When.WITHIN, 1)
    assert trial.killed == 1
    assert operations(trial)[:2] == ["enqueue", "enqueue"]
    assert len(trial.jobs) == 2


@pytest.mark.parametrize("name", SAVING)
@pytest.mark.parametrize(("when", "call"), [(When.BEFORE, 2), (When.WITHIN, 2), (When.BEFORE, 5)])
def test_what_was_saved_is_found_again(name: str, when: When, call: int) -> None:
    trial = played(name, when, call)
    assert trial.outcome.outcome is End.SUCCEEDED
    assert operations(trial).count("enqueue") == len(trial.jobs) == 1
    assert trial.killed == (call if when is When.WITHIN else call - 1)


def test_what_was_in_memory_only_is_gone() -> None:
    assert len(played("that_remembers", When.BEFORE, 3).jobs) == 2


def test_who_catches_everything_dies_all_the_same_and_spoils_nothing() -> None:
    trial = played("that_clings", When.BEFORE, 3)
    assert (trial.outcome.outcome, len(trial.jobs)) == (End.SUCCEEDED, 1)
