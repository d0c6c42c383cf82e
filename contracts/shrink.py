"""Makes a case smaller while it still breaks its clause: fewest faults, then the mildest, then the
earliest; and knows whether anything is left that could go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from contracts.cases import Case
from contracts.grade import Break
from emulator.core.faults import Fault
from emulator.faults.catalogue import befalls, catalogue, kinds, phase_of

TRIES = 400
"""Trials that making one case smaller may take."""


def shrink(
    found: Break,
    usual: Case,
    attempt: Callable[[Iterable[Case]], Iterator[Break | None]],
    *,
    worth: Callable[[Case], bool],
    tries: int = TRIES,
    mild: bool = True,
) -> Break:
    """The smallest case that breaks the same clause. `attempt` plays cases, and says of each how it
    breaks the clause, if it does; `usual` is the case in which nothing goes wrong. A case is played
    if it is `worth` it, and `mild` says whether milder faults are tried in place of harsher ones.

    The result is `minimal` once each of its parts was left out in vain.
    """
    best, left = found, tries
    while left > 0:
        case = best.trial.case
        smaller = filter(worth, chain(_fewer(case, usual), _lesser(case, mild=mild)))
        for broken in attempt(islice(smaller, left)):
            left -= 1
            if broken is not None:
                best = broken
                break
        else:
            return replace(best, minimal=next(smaller, None) is None)
    return best


def _fewer(case: Case, usual: Case) -> Iterator[Case]:
    """The case without one of its parts."""
    scenario = case.scenario
    for nth in reversed(range(len(scenario.faults))):
        faults = (*scenario.faults[:nth], *scenario.faults[nth + 1 :])
        yield replace(case, scenario=replace(scenario, faults=faults))
    for id in scenario.assumptions:
        rest = {name: one for name, one in scenario.assumptions.items() if name != id}
        yield replace(case, scenario=replace(scenario, assumptions=rest))
    if case.kill is not None:
        yield replace(case, kill=None)
    if scenario.plans != usual.scenario.plans:
        yield replace(case, scenario=replace(scenario, plans=usual.scenario.plans))
        for nth in range(len(scenario.plans) if len(scenario.plans) > 1 else 0):
            plans = (*scenario.plans[:nth], *scenario.plans[nth + 1 :])
            yield replace(case, scenario=replace(scenario, plans=plans))
    plain = usual.body
    if case.body != plain:
        yield replace(case, body=plain)
        for name in [one for one in case.body if one not in plain]:
            body = {key: one for key, one in case.body.items() if key != name}
            yield replace(case, body=body)
        for name in [one for one in plain if case.body.get(one) != plain[one]]:
            yield replace(case, body={**case.body, name: plain[name]})


def _lesser(case: Case, *, mild: bool) -> Iterator[Case]:
    """The case with one of its faults milder, or earlier."""
    scenario = case.scenario
    for nth, fault in enumerate(scenario.faults):
        for other in (*(_milder(fault) if mild else ()), *_earlier(fault)):
            faults = (*scenario.faults[:nth], other, *scenario.faults[nth + 1 :])
            if len({one.id for one in faults}) == len(faults):
                yield replace(case, scenario=replace(scenario, faults=faults))
    if case.kill is not None and case.kill.call > 1:
        for call in range(1, case.kill.call):
            yield replace(case, kill=replace(case.kill, call=call))


def _milder(fault: Fault) -> Iterator[Fault]:
    """The same place, with something less bad: once instead of always, and what the catalogue has
    before it."""
    on = fault.on
    if on.nth is None and on.between is None:
        yield replace(fault, on=replace(on, nth=1))
    if on.operation is None or on.provider is None:
        return
    kind = kinds().get((on.provider, on.operation))
    if kind is None:
        return
    if fault.args:
        yield replace(fault, args={})
    for name, cls in catalogue().items():
        if name == fault.do:
            return
        framed = cls.family == catalogue()[fault.do].family
        if befalls(cls, on.provider, kind) and (framed or on.event is None):
            phase = fault.phase if fault.phase in cls.phases else phase_of(cls, None)
            yield replace(fault, id=name, do=name, args={}, phase=phase)


def _earlier(fault: Fault) -> Iterator[Fault]:
    on = fault.on
    if on.nth is not None:
        for nth in range(1, on.nth):
            yield replace(fault, on=replace(on, nth=nth))
    if on.states:
        yield replace(fault, on=replace(on, states=frozenset()))
