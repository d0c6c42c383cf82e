"""What a search stands on: the trial in which nothing goes wrong, and what the client did in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.cases import DEADLINE, Case, sample
from contracts.reading import calls, sent, submits
from contracts.trial import Trial
from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule, Scenario
from emulator.faults.catalogue import kinds

COUNTED = PlanRule(queued=12 * SECOND, running=31 * SECOND, queued_polls=1, running_polls=2)
TIMED = PlanRule(queued=12 * SECOND, running=31 * SECOND)
BRIEF = PlanRule(queued=2 * SECOND, running=6 * SECOND)
"""What becomes of a job if nothing else is said: counted in polls, timed, or timed by a machine's
clock, which leaps while the client listens or blocks."""

PLAIN = "plain"
"""The name of the case in which nothing goes wrong."""

WORDS = "Blocked by the safety filter (code 7)."
"""The provider's words for a failure: no client can guess them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a client was seen to do in a trial in which nothing went wrong: how often it called each
    operation. One that is `fixed` makes the same request whatever it is asked for. `plan` is what
    becomes of its jobs if nothing else is said."""

    provider: str
    reached: Mapping[str, int]
    connections: int
    abilities: frozenset[str]
    plan: PlanRule
    virtual: bool
    deadline_s: float
    body: Mapping[str, Any] = field(default_factory=dict)
    fixed: bool = False

    def case(self, name: str, **more: Any) -> Case:
        """A case that differs from the plain one only in this."""
        parts = ("plans", "faults", "assumptions")
        given = {"plans": (self.plan,), **{one: more.pop(one) for one in parts if one in more}}
        return Case(
            provider=self.provider,
            name=name,
            scenario=Scenario(**given),
            **{"body": self.body, "deadline_s": self.deadline_s, **more},
        )


def as_asked(trial: Trial) -> Trial:
    """The trial as if the client had been asked for what it asked of the provider."""
    body = next((sent(one) for one in submits(trial)), None) or trial.case.body
    return replace(
        trial, case=replace(trial.case, body=body), intent=replace(trial.intent, body=body)
    )


def ground(trial: Trial, abilities: frozenset[str], *, fixed: bool = False) -> Ground:
    """What the plain trial shows of a client."""
    case = trial.case
    return Ground(
        provider=case.provider,
        reached=Counter(
            one.operation for one in calls(trial) if (case.provider, one.operation) in kinds()
        ),
        connections=len(trial.asked) or 1,
        abilities=abilities,
        plan=case.scenario.plans[0],
        virtual=trial.virtual,
        deadline_s=case.deadline_s,
        body=case.body,
        fixed=fixed,
    )


def plain(provider: str, *, rule: PlanRule = TIMED, deadline_s: float = DEADLINE) -> Case:
    """The case in which nothing goes wrong: one job that succeeds within a minute."""
    return Case(
        provider=provider,
        name=PLAIN,
        scenario=Scenario(plans=(rule,)),
        body=sample(provider),
        deadline_s=deadline_s,
    )
