"""A world's running clock: where it stands now, and which machine time belongs to its instants."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable

from emulator.core.clock import Instant, Mode, Pace, Span
from emulator.core.scenario import View

REMEMBERED = 4096
"""Turns of the clock that are remembered for dates; older ones count as the oldest of these."""


def machine_time() -> Callable[[], Instant]:
    """The machine's time in microseconds, which never goes backwards."""
    offset = time.time_ns() - time.monotonic_ns()
    return lambda: (time.monotonic_ns() + offset) // 1000


class WorldClock:
    """Maps the machine's time to the world's. It turns when it is wound, jumped or set anew."""

    def __init__(self, pace: Pace, start: Instant, machine: Callable[[], Instant]) -> None:
        self.pace = pace
        self._machine = machine
        self._turns: deque[tuple[Instant, Instant, float]] = deque(maxlen=REMEMBERED)
        self._turn(start)

    def now(self) -> Instant:
        """Where the world's clock stands."""
        world, machine, rate = self._turns[-1]
        return world + int((self._machine() - machine) * rate)

    def wind(self, pace: Pace) -> None:
        """Go on from here at another pace."""
        here = self.now()
        self.pace = pace
        self._turn(here)

    def turned(self, pace: Pace, world: Instant, machine: Instant) -> None:
        """Have gone at this pace since it stood at `world`, when the machine's did at `machine`."""
        self.pace = pace
        self._turns.append((world, machine, self._rate))

    @property
    def turn(self) -> tuple[Instant, Instant]:
        """Where it stood when it turned last, and what the machine's time was then."""
        world, machine, _ = self._turns[-1]
        return world, machine

    def jump(self, to: Instant) -> None:
        """Be at `to` at once; a jump back is none."""
        self._turn(max(to, self.now()))

    def until(self, at: Instant) -> float | None:
        """The machine's seconds until the clock reaches `at` by itself; None if it never does."""
        if self.pace.mode is Mode.MANUAL:
            return None
        span: Span = at - self.now()
        return max(span / self.pace.speed / 1_000_000, 0.0)

    def since(self, at: Instant) -> Span:
        """How long ago, by the machine's time, the clock came to an instant; what a jump passed
        over, or what came while it stood still, it came to when it turned next."""
        nth = len(self._turns) - 1
        if at < self._turns[nth][0]:
            nth = max(bisect_right(self._turns, at, key=_instant) - 1, 0)
        world, machine, rate = self._turns[nth]
        now = until = self._machine()
        if nth + 1 < len(self._turns):
            until = self._turns[nth + 1][1]
        if at > world:
            machine = min(machine + int((at - world) / rate), until) if rate else until
        return max(now - machine, 0)

    def see(self, view: View) -> Callable[[Instant], Instant]:
        """How instants are shown on the wire."""
        return self._machine_at if view is View.MACHINE else _as_it_is

    @property
    def _rate(self) -> float:
        return 0.0 if self.pace.mode is Mode.MANUAL else self.pace.speed

    def _turn(self, world: Instant) -> None:
        self._turns.append((world, self._machine(), self._rate))

    def _machine_at(self, at: Instant) -> Instant:
        """The machine's time when the clock was, or will be, at this instant.

        Instants that a jump passed over were reached when it jumped; a clock that stands still
        will reach later ones at the machine's own pace, for want of a better guess.
        """
        world, machine, rate = self._turns[-1]
        if at >= world:
            return machine + int((at - world) / (rate or 1.0))
        nth = max(bisect_right(self._turns, at, key=_instant) - 1, 0)
        world, machine, rate = self._turns[nth]
        shown = machine + int((at - world) / (rate or 1.0))
        if nth + 1 < len(self._turns):
            return min(shown, self._turns[nth + 1][1])
        return shown


def _instant(turn: tuple[Instant, Instant, float]) -> Instant:
    return turn[0]


def _as_it_is(at: Instant) -> Instant:
    return at
