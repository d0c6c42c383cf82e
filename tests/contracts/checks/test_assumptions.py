"""What hangs on a guess does not hang on the order of the trials."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from contracts.capabilities import Can
from contracts.cases import Case, sample
from contracts.checks import judge
from contracts.grade import Grade
from contracts.subjects.python import PythonSubject
from emulator import load_scenario, read_scenario
from tests.contracts.checks.playing import played

PLAN = [{"queued": "12s", "running": "31s"}]
ASSUMED = {"assumptions": {"oxen.list-order": "oldest"}, "plans": PLAN}
FIXTURES = Path(__file__).parents[3] / "fixtures" / "scenarios"
ABILITIES = frozenset(one.value for one in (Can.POLLS, Can.DEADLINE, Can.JOB_ID))


def test_what_is_broken_anyway_is_no_matter_of_assumptions_whenever_it_shows() -> None:
    trials = [
        played("that_lists_each_second"),
        played("that_lists_each_second", scenario=ASSUMED),
        played("that_lists", scenario=ASSUMED),
    ]
    for order in permutations(trials):
        grade = Grade(provider="oxen", subject="a:b", abilities=ABILITIES)
        for trial in order:
            grade.add(trial)
        assert set(grade.broken) == {"manners.poll-interval"}
        assert grade.kept["assumptions.manners"] == 2


def test_what_is_broken_only_under_it_is_one_whenever_it_shows() -> None:
    trials = [played("that_lists"), played("that_lists_each_second", scenario=ASSUMED)]
    for order in permutations(trials):
        grade = Grade(provider="oxen", subject="a:b", abilities=ABILITIES)
        for trial in order:
            grade.add(trial)
        assert set(grade.broken) == {"assumptions.manners"}


def test_a_smallest_case_stays_one_when_something_else_turns_out_to_be_broken() -> None:
    grade = Grade(provider="oxen", subject="a:b", abilities=ABILITIES)
    grade.add(played("that_lists_each_second", scenario=ASSUMED))
    id = "assumptions.manners"
    grade.broken[id] = replace(grade.broken[id], minimal=True)
    grade.add(played("that_polls_once_more", scenario={"plans": [{"do": "fail", "error": "No."}]}))
    assert "lifecycle.failure-in-words" in grade.bare
    assert grade.broken[id].minimal


def test_what_else_is_judged_changes_nothing() -> None:
    chosen = frozenset({"assumptions.manners"})
    grade = Grade(provider="oxen", subject="a:b", abilities=ABILITIES, chosen=chosen)
    grade.add(played("that_lists_each_second"))
    grade.add(played("that_lists_each_second", scenario=ASSUMED))
    assert grade.passed


def test_with_a_fault_besides_nobody_knows_what_hangs_on_a_guess() -> None:
    scenario = load_scenario(FIXTURES / "retry-with-a-key.yaml")
    case = Case(provider="omixa", scenario=scenario, body=sample("omixa"))
    with PythonSubject("tests.clients.honest.omixa_polling:order") as subject:
        trial = subject.play(case)
        assert trial.outcome.urls == ()
        assert subject.abilities is not None
        assert not [*judge(trial, subject.abilities)]


@pytest.mark.parametrize(
    "more", [{"faults": ["reset"]}, {"chaos": {"seed": 1, "rates": {"wire": 0.5}}}]
)
def test_with_nothing_besides_it_is_known(more: dict[str, object]) -> None:
    trial = played("that_lists_each_second", scenario=ASSUMED)
    assert {id for id, one in judge(trial, ABILITIES) if not one.kept} == {"assumptions.manners"}
    scenario = read_scenario({**ASSUMED, **more})
    assert not [*judge(replace(trial, case=replace(trial.case, scenario=scenario)), ABILITIES)]
