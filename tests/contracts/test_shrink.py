"""What is left of a case breaks the clause, and nothing of it can be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.cases import Case, Kill, When
from contracts.findings import Finding
from contracts.grade import Break
from contracts.ground import Ground
from contracts.intents import End, Intent, Outcome
from contracts.shrink import shrink
from contracts.singles import singles
from contracts.trial import Trial
from emulator.core.faults import Fault
from emulator.core.scenario import Ending, PlanRule
from tests.contracts.test_cases import grounds

GROUND = grounds("oxen")
USUAL = GROUND.case("plain")
FAULTS = singles(GROUND)
MANY = st.lists(st.sampled_from(FAULTS), min_size=1, max_size=5, unique_by=lambda one: one.do)


def trial(case: Case) -> Trial:
    """A trial of which nothing but its case is looked at."""
    intent = Intent(provider="oxen", body=case.body, base_url="", api_key="")
    return Trial(
        case=case,
        intent=intent,
        outcome=Outcome(outcome=End.NOTHING),
        began=0,
        ended=0,
        settled=0,
    )


def broken(case: Case) -> Break:
    return Break(finding=Finding(clause="money.lost-answer", seen="it broke"), trial=trial(case))


def smallest(case: Case, breaks: Callable[[Case], bool], tries: int = 400) -> tuple[Break, int]:
    """What is left of a case, and how many were played for it."""
    played = 0

    def attempt(cases: Iterable[Case]) -> Iterator[Break | None]:
        nonlocal played
        for one in cases:
            played += 1
            yield broken(one) if breaks(one) else None

    found = shrink(broken(case), USUAL, attempt, worth=bool, tries=tries)
    return found, played


def dos(found: Break) -> set[str]:
    return {one.do for one in found.trial.case.scenario.faults}


def crowded(ground: Ground, faults: Iterable[Fault]) -> Case:
    """These faults, and whatever else a case can have."""
    plan = PlanRule(ending=Ending.FAIL, queued=3, running=9)
    named = tuple(replace(one, id=f"{one.do}-{nth}") for nth, one in enumerate(faults))
    case = ground.case("crowded", faults=named, plans=(plan,), kill=Kill(when=When.WITHIN, call=4))
    scenario = replace(case.scenario, assumptions={"oxen.nulls": "absent"})
    return replace(case, scenario=scenario, body={**case.body, "seed": 7, "prompt": "another"})


@given(faults=MANY, data=st.data())
def test_of_all_that_is_in_a_case_only_what_matters_is_left(
    faults: list[Fault], data: st.DataObject
) -> None:
    matters = data.draw(st.sampled_from(faults)).do
    found, _ = smallest(
        crowded(GROUND, faults), lambda case: matters in {one.do for one in case.scenario.faults}
    )
    case = found.trial.case
    assert dos(found) == {matters}
    assert found.minimal
    assert (case.kill, case.body, case.scenario.plans) == (None, USUAL.body, USUAL.scenario.plans)
    assert not case.scenario.assumptions
    (fault,) = case.scenario.faults
    assert fault.on.nth == 1
    assert not fault.on.states


@given(faults=MANY)
def test_two_that_only_matter_together_both_stay(faults: list[Fault]) -> None:
    wanted = {one.do for one in faults[:2]}
    found, _ = smallest(
        crowded(GROUND, faults), lambda case: wanted <= {one.do for one in case.scenario.faults}
    )
    assert dos(found) == wanted
    assert found.minimal


def test_of_faults_that_do_the_same_harm_the_mildest_is_left() -> None:
    harsh = next(one for one in FAULTS if one.do == "reset" and one.on.operation == "status")
    order = [one.do for one in FAULTS if one.on.operation == "status"]
    harm = set(order[order.index("not_json") : order.index("reset") + 1])
    found, _ = smallest(
        GROUND.case("", faults=(harsh,)),
        lambda case: any(one.do in harm for one in case.scenario.faults),
    )
    assert dos(found) == {"not_json"}


def test_once_is_less_than_always() -> None:
    always = next(one for one in FAULTS if one.do == "reset" and one.on.operation == "status")
    always = replace(always, on=replace(always.on, nth=None))
    found, _ = smallest(
        GROUND.case("", faults=(always,)),
        lambda case: any(one.do == "reset" for one in case.scenario.faults),
    )
    (fault,) = found.trial.case.scenario.faults
    assert fault.on.nth == 1


@given(tries=st.integers(1, 8))
def test_what_was_not_tried_to_the_end_is_not_called_minimal(tries: int) -> None:
    case = crowded(GROUND, FAULTS[:3])
    found, played = smallest(case, lambda one: one == case, tries=tries)
    assert played == tries
    assert not found.minimal
    assert found.trial.case == case
