"""The fixed part of a search: every single fault at every call that a fault-free run reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from contracts.checks import CHECKS, judge
from contracts.findings import Finding
from contracts.trial import Trial, calls
from emulator.core.clock import SECOND
from emulator.core.faults import Fault, On
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.faults.catalogue import befalls, catalogue, kinds
from emulator.providers.port import Kind

NTH = 3
"""Calls of one operation, from the first on, that faults are tried at."""

USUAL = PlanRule(queued=12 * SECOND, running=31 * SECOND)
PLAIN = Scenario(plans=(USUAL,))
"""The fault-free run: one job that succeeds after 43 seconds."""

ENDINGS = (Ending.FAIL, Ending.CANCEL, Ending.STICK)

Play: TypeAlias = Callable[[Scenario], Trial | None]
"""Plays a scenario with the client that is graded; None if it had to be killed."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A clause that was broken first by this scenario: the smallest in the walk's order."""

    finding: Finding
    scenario: Scenario
    trial: Trial


@dataclass(slots=True)
class Grade:
    """What a walk came to: trials played, those that were killed, and the broken clauses."""

    trials: int = 0
    killed: list[Scenario] = field(default_factory=list)
    broken: dict[str, Broken] = field(default_factory=dict)

    @property
    def kept(self) -> list[str]:
        """The clauses that no trial showed broken."""
        return [id for id in CHECKS if id not in self.broken]

    @property
    def wasted(self) -> int:
        """What the worst trial charged beyond one delivered result, in micro-dollars."""
        costs = [_wasted(one.trial) for one in self.broken.values()]
        return max(costs, default=0)


def walk(provider: str, play: Play) -> Grade:
    """Grade a client: first without a fault, then with each ending, then with each single fault."""
    grade = Grade()
    plain = _try(grade, PLAIN, play)
    for ending in ENDINGS:
        words = "Blocked by a filter." if ending is Ending.FAIL else USUAL.error
        _try(grade, replace(PLAIN, plans=(replace(USUAL, ending=ending, error=words),)), play)
    if plain is not None:
        for fault in singles(provider, plain):
            _try(grade, replace(PLAIN, faults=(fault,)), play)
    return grade


def singles(provider: str, plain: Trial) -> Iterator[Fault]:
    """Every single fault at every call that the fault-free run reached, in a fixed order."""
    reached = Counter(one.operation for one in calls(plain))
    for operation, count in reached.items():
        kind = kinds()[provider, operation]
        for nth in range(1, min(count, NTH) + 1):
            for name, given in _befalling(provider, kind):
                cls = catalogue()[name]
                event = 1 if cls.kinds == {Kind.STREAM} else None
                on = On(provider=provider, operation=operation, nth=nth, event=event)
                id = f"{name}-{operation}-{nth}"
                yield Fault(id=id, do=name, args=given, on=on, phase=cls.phases[0])


def _befalling(provider: str, kind: Kind) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, cls in catalogue().items():
        if befalls(cls, provider, kind):
            shown = [one.args for one in cls.examples if one.kind is kind] or [{}]
            yield from ((name, given) for given in shown)


def _try(grade: Grade, scenario: Scenario, play: Play) -> Trial | None:
    trial = play(scenario)
    grade.trials += 1
    if trial is None:
        grade.killed.append(scenario)
        return None
    for finding in judge(trial):
        grade.broken.setdefault(finding.clause, Broken(finding, scenario, trial))
    return trial


def _wasted(trial: Trial) -> int:
    delivered = max((job.charged(trial.ended) for job in trial.jobs), default=0)
    kept = delivered if trial.outcome.urls else 0
    return trial.captured - kept
