"""The faults of a world: which are armed, what each has counted, and which one takes a call."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from emulator.core.clock import Instant
from emulator.core.faults import Armed, Attempt, Fault
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario

STRUCK = "it has struck as often as it was to"
MISSED = "another fault took the call that it was for"
SPENT = frozenset({STRUCK, MISSED})
"""Why a fault ended that nobody disarmed."""


DRAWN = 10_000
"""How many draws of chance are remembered; where there are more, one more is kept as a sign."""


class Armory:
    """The faults in the order in which they were armed; `ended` are those that take no more calls.

    `drawn` is what chance has written down last, `calls` how often each operation was called while
    anything counted that.
    """

    def __init__(self, world: str, scenario: Scenario) -> None:
        self.world = world
        self.chaos = scenario.chaos
        self.armed: dict[str, Armed] = {}
        self.ended: dict[str, Armed] = {}
        self.drawn: deque[Fault] = deque(maxlen=DRAWN + 1)
        self.calls: dict[tuple[str, str], int] = {}
        self._watched: frozenset[tuple[str | None, str | None]] = frozenset()
        for fault in scenario.faults:
            self.arm(fault, scenario.start)

    def counts(self, provider: str, operation: str) -> bool:
        """Whether anything counts the calls of this operation."""
        if self.chaos is not None:
            return True
        watched = self._watched
        return bool(watched) and not watched.isdisjoint(
            ((provider, operation), (None, operation), (provider, None), (None, None))
        )

    def find(self, id: str) -> Armed | None:
        """What is known of a fault; None if it never was armed."""
        return self.armed.get(id) or self.ended.get(id)

    def arm(self, fault: Fault, now: Instant) -> None:
        """Armed from now on; Refused if there is or was one of the same id."""
        if self.find(fault.id) is not None:
            raise Refused(Reason.BAD_PARAMS, f"there is a fault called {fault.id!r} already")
        number = len(self.armed) + len(self.ended) + 1
        self.armed[fault.id] = Armed(fault=fault, since=now, number=number)
        self._watch()

    def disarm(self, id: str, now: Instant, why: str) -> None:
        """Armed no more; Refused if it is not."""
        if id not in self.armed:
            known = "it has ended already" if id in self.ended else "there is none"
            raise Refused(Reason.BAD_PARAMS, f"no fault called {id!r} is armed: {known}")
        self._end(id, now, why)
        self._watch()

    def meet(self, call: Attempt, brought: Fault | None) -> Armed | None:
        """Every fault that concerns the call counts it; the one that takes it, if any.

        First comes the one that the call brought, then the first armed one that is due, then
        chance.
        """
        place = (call.provider, call.operation)
        nth = self.calls[place] = self.calls.get(place, 0) + 1
        taker = Armed(fault=brought, since=call.now) if brought is not None else None
        over = []
        for id, armed in self.armed.items():
            if armed.concerns(*place):
                if armed.meet(call, taken=taker is not None):
                    taker = armed
                if armed.over:
                    over.append(id)
        for id in over:
            missed = self.armed[id].passed and not self.armed[id].struck
            self._end(id, call.now, MISSED if missed else STRUCK)
        if over:
            self._watch()
        if taker is None and self.chaos is not None:
            drawn = self.chaos.draw(self.world, *place, nth)
            if drawn is not None:
                self.drawn.append(drawn)
                taker = Armed(fault=drawn, since=call.now)
        return taker

    def restore(self, armed: tuple[Armed, ...], drawn: tuple[Fault, ...]) -> None:
        """Stand as a snapshot says."""
        copies = [replace(one) for one in armed]
        self.armed = {one.fault.id: one for one in copies if one.ended is None}
        self.ended = {one.fault.id: one for one in copies if one.ended is not None}
        self.drawn = deque(drawn, maxlen=DRAWN + 1)
        self._watch()

    def _end(self, id: str, now: Instant, why: str) -> None:
        armed = self.ended[id] = self.armed.pop(id)
        armed.ended, armed.why = now, why

    def _watch(self) -> None:
        self._watched = frozenset(
            (one.fault.on.provider, one.fault.on.operation) for one in self.armed.values()
        )
