"""What became of a world's faults, as the control plane shows it: fired, armed, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emulator.core.armory import DRAWN, SPENT
from emulator.core.clock import Span, iso
from emulator.core.faults import Armed, Fault, On
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario
from emulator.faults.catalogue import BROUGHT, catalogue
from emulator.scenarios import written_fault
from emulator.server.faults import Strike
from emulator.server.live import Live
from emulator.server.recorder import keyless


def faults(live: Live) -> dict[str, Any]:
    """Every fault that is or was armed, every one that chance has drawn, and the exchanges that
    calls brought a fault along for."""
    armory = live.world.armory
    known = (*armory.ended.values(), *armory.armed.values())
    brought = live.faults.strikes.get(BROUGHT, ())
    return {
        "faults": [fault(live, one) for one in known],
        "drawn": [_drawn(live, one) for one in armory.drawn],
        "brought": [one.exchange for one in brought],
    }


def fault(live: Live, armed: Armed) -> dict[str, Any]:
    """One fault: what it is, what it met, which exchanges it took, or why it took none."""
    strikes = live.faults.strikes.get(armed.fault.id, ())
    span = live.present() - live.world.scenario.start
    state = _state(armed, strikes, span)
    return {
        "on": {},
        **written_fault(armed.fault),
        "phase": armed.fault.phase.value,
        "family": catalogue()[armed.fault.do].family.value,
        "state": state,
        "why": reason(armed, span) if state in ("armed", "never reached") else "",
        "since": iso(armed.since),
        "ended": None if armed.ended is None else iso(armed.ended),
        "ended_why": armed.why,
        "called": armed.called,
        "seen": armed.seen,
        "struck": armed.struck,
        "passed": armed.passed,
        **_told(strikes),
    }


def _state(armed: Armed, strikes: Sequence[Strike], span: Span) -> str:
    """`fired`: something was done; `idle`: it took calls, and changed nothing; `taking`: the calls
    that it took have not ended; `armed`, or `never reached` if it never will be."""
    if any(not one.idle for one in strikes):
        return "fired"
    if armed.struck:
        return "idle" if len(strikes) >= armed.struck else "taking"
    _, ends = armed.bounds
    over = armed.ended is not None or (ends is not None and span >= ends)
    return "never reached" if over else "armed"


def _told(strikes: Sequence[Strike]) -> dict[str, Any]:
    return {
        "exchanges": [one.exchange for one in strikes if one.exchange],
        "idle": {str(one.exchange): one.idle for one in strikes if one.idle},
    }


def reason(armed: Armed, span: Span) -> str:
    """Why a fault has not taken a call so far."""
    on, place = armed.fault.on, _place(armed)
    begins, ends = armed.bounds
    if armed.passed:
        return f"it was due for {_calls(armed.passed)}, but another fault took each"
    if ends is not None and span >= ends and not armed.seen:
        return f"its span is over, and no call of {place} came in it"
    if not armed.called:
        return f"no call of {place} came"
    if not armed.seen:
        early = " yet: its span has not begun" if span < begins else ""
        return f"{_calls(armed.called)} of {place} came, and none matched{early}"
    if on.nth is not None:
        return f"it waits for matching call {on.nth} of {place}, and {armed.seen} came"
    if on.every is not None:
        return f"it takes one matching call of {place} in {on.every}, and {armed.seen} came"
    return f"{_calls(armed.seen)} of {place} matched, and all were within the limit"


def _calls(count: int) -> str:
    return f"{count} call" if count == 1 else f"{count} calls"


def coverage(live: Live) -> dict[str, Any]:
    """What was ever exercised: how many calls of each operation, by family and by the state that
    the job stood in that they were about."""
    rows = sorted(live.recorder.coverage.items())
    return {
        "coverage": [
            {
                "provider": provider,
                "operation": operation,
                "family": family or None,
                "state": state or None,
                "calls": calls,
            }
            for (provider, operation, family, state), calls in rows
        ]
    }


def export(live: Live) -> Scenario:
    """A scenario that gives the same run again to whoever makes the same calls.

    What chance drew is written down in it; and what was armed or disarmed by hand, call by call.
    Refused if chance has drawn more than is remembered.
    """
    scenario, armory = live.world.scenario, live.world.armory
    if len(armory.drawn) > DRAWN:
        raise Refused(Reason.BAD_PARAMS, f"only the last {DRAWN} draws of chance are remembered")
    kept = [one for one in scenario.faults if _as_it_was(armory.find(one.id))]
    ids = {one.id for one in kept}
    known = sorted((*armory.ended.values(), *armory.armed.values()), key=lambda one: one.number)
    struck = [
        _again(armed.fault, strike)
        for armed in known
        if armed.fault.id not in ids
        for strike in live.faults.strikes.get(armed.fault.id, ())
        if strike.nth
    ]
    named = [_named(one, ids) for one in (*struck, *armory.drawn)]
    return replace(keyless(scenario), faults=(*kept, *named), chaos=None)


def _as_it_was(armed: Armed | None) -> bool:
    """Whether nobody has ended a fault of the scenario by hand."""
    return armed is not None and (armed.ended is None or armed.why in SPENT)


def _again(fault: Fault, strike: Strike) -> Fault:
    """The fault, for the one call that it took."""
    provider, operation = strike.place
    on = On(provider=provider, operation=operation, nth=strike.nth, event=fault.on.event)
    return replace(fault, id=f"{fault.id}-{strike.exchange}", on=on, times=1, until=None)


def _named(fault: Fault, taken: set[str]) -> Fault:
    """The fault under an id of its own."""
    id = fault.id
    while id in taken:
        id += "-again"
    taken.add(id)
    return replace(fault, id=id)


def _drawn(live: Live, fault: Fault) -> dict[str, Any]:
    return {
        "on": {},
        **written_fault(fault),
        "family": catalogue()[fault.do].family.value,
        **_told(live.faults.strikes.get(fault.id, ())),
    }


def _place(armed: Armed) -> str:
    on = armed.fault.on
    return ".".join(filter(None, (on.provider, on.operation))) or "any operation"
