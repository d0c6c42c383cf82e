from __future__ import annotations

import pytest

from emulator.core.planning import rule_for
from emulator.core.scenario import Ending, PlanRule, Scenario
from tests.core.strategies import draft


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (PlanRule(), True),
        (PlanRule(provider="acme"), True),
        (PlanRule(provider="zenith"), False),
        (PlanRule(job=2), True),
        (PlanRule(job=1), False),
        (PlanRule(model="slow"), True),
        (PlanRule(model="quick"), False),
        (PlanRule(provider="acme", job=2, model="slow"), True),
        (PlanRule(provider="acme", job=2, model="quick"), False),
        (PlanRule(provider="zenith", job=2, model="slow"), False),
        (PlanRule(provider="acme", job=3, model="slow"), False),
    ],
    ids=str,
)
def test_a_rule_matches_where_all_that_it_says_does(rule: PlanRule, matches: bool) -> None:
    assert rule.matches("acme", 2, draft(model="slow")) is matches


@pytest.mark.parametrize("name", ["seed", "start", "balance", "keep"])
@pytest.mark.parametrize("value", [-1, 1.0, "1", True, None])
def test_a_scenarios_numbers_are_whole_and_not_below_zero(name: str, value: object) -> None:
    message = f"^{name} is a whole number of zero or more, not {value!r}$"
    with pytest.raises(ValueError, match=message):
        Scenario(**{name: value})  # type: ignore[arg-type]
    assert getattr(Scenario(**{name: 0}), name) == 0  # type: ignore[arg-type]


def test_the_first_rule_that_matches_plans_the_job() -> None:
    other, first, second = (
        PlanRule(model="quick", ending=Ending.STICK),
        PlanRule(job=2, ending=Ending.FAIL),
        PlanRule(ending=Ending.CANCEL),
    )
    plans = (other, first, second)
    assert rule_for(plans, "acme", 2, draft()) is first
    assert rule_for(plans, "acme", 1, draft()) is second


def test_a_job_that_no_rule_matches_is_planned_by_its_model() -> None:
    plans = (PlanRule(provider="zenith", ending=Ending.FAIL),)
    assert rule_for(plans, "acme", 1, draft()) == PlanRule()
