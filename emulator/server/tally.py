"""What became of a world's faults, as the control plane shows it: fired, armed, or why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.core.armory import SPENT
from emulator.core.clock import LATEST, Instant, Span, iso
from emulator.core.faults import Armed, Fault
from emulator.core.scenario import Scenario
from emulator.faults.catalogue import catalogue
from emulator.scenarios import written_fault
from emulator.server.live import Live

FOREVER: Span = LATEST // 2
"""How long a fault lasts whose end nobody has set, where one has to be written."""


def faults(live: Live) -> dict[str, Any]:
    """Every fault that is or was armed, and every one that chance has drawn."""
    armory = live.world.armory
    known = (*armory.ended.values(), *armory.armed.values())
    return {
        "faults": [fault(live, one) for one in known],
        "drawn": [_drawn(live, one) for one in armory.drawn],
    }


def fault(live: Live, armed: Armed) -> dict[str, Any]:
    """One fault: what it is, what it met, which exchanges it took, or why it took none."""
    span = live.world.now - live.world.scenario.start
    strikes = live.faults.strikes.get(armed.fault.id, ())
    fired = bool(armed.struck or strikes)
    _, ends = armed.bounds
    past = armed.ended is not None or (ends is not None and span >= ends)
    state = "fired" if fired else "never reached" if past else "armed"
    return {
        "on": {},
        **written_fault(armed.fault),
        "phase": armed.fault.phase.value,
        "family": catalogue()[armed.fault.do].family.value,
        "state": state,
        "why": "" if fired else reason(armed, span),
        "since": iso(armed.since),
        "ended": None if armed.ended is None else iso(armed.ended),
        "ended_why": armed.why,
        "called": armed.called,
        "seen": armed.seen,
        "struck": armed.struck,
        "passed": armed.passed,
        "exchanges": [one.exchange for one in strikes],
        "idle": {str(one.exchange): one.idle for one in strikes if one.idle},
    }


def reason(armed: Armed, span: Span) -> str:
    """Why a fault has not taken a call so far."""
    on, place = armed.fault.on, _place(armed)
    begins, _ = armed.bounds
    if armed.passed:
        return f"it was due for {_calls(armed.passed)}, but another fault took each"
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
    """A scenario that gives the same run again: what chance drew is written down in it, and so is
    what was armed while it ran, from that instant on and for as long."""
    scenario, armory = live.world.scenario, live.world.armory
    known = sorted((*armory.ended.values(), *armory.armed.values()), key=lambda one: one.number)
    armed = tuple(_lived(one, scenario.start) for one in known)
    return replace(scenario, faults=(*armed, *armory.drawn), chaos=None)


def _lived(armed: Armed, start: Instant) -> Fault:
    """The fault, bounded by when it was armed and disarmed."""
    fault, (begins, ends) = armed.fault, armed.bounds
    if armed.since == start and _end(armed, start) is None:
        return fault
    begins = max(begins, armed.since - start)
    ended = [one for one in (ends, _end(armed, start)) if one is not None]
    ends = min(ended, default=FOREVER)
    return replace(fault, on=replace(fault.on, between=(begins, max(ends, begins + 1))), until=None)


def _end(armed: Armed, start: Instant) -> Span | None:
    """When it was disarmed, since the world's start."""
    return None if armed.ended is None or armed.why in SPENT else armed.ended - start


def _drawn(live: Live, fault: Fault) -> dict[str, Any]:
    strikes = live.faults.strikes.get(fault.id, ())
    return {
        "on": {},
        **written_fault(fault),
        "family": catalogue()[fault.do].family.value,
        "exchanges": [one.exchange for one in strikes],
        "idle": {str(one.exchange): one.idle for one in strikes if one.idle},
    }


def _place(armed: Armed) -> str:
    on = armed.fault.on
    return ".".join(filter(None, (on.provider, on.operation))) or "any operation"
