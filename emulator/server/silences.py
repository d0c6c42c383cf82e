"""When the next keep-alive is due, for any number of subscribers."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from emulator.core.clock import Instant, Span


class Silent(Protocol):
    """Who has been sent nothing since an instant. `expected` says that it is noted already."""

    since: Instant
    gone: bool
    expected: bool


Whoever = TypeVar("Whoever", bound=Silent)


class Silences(Generic[Whoever]):
    """Subscribers by the instant at which `every` microseconds of silence are over for them.

    An event ends every silence in the same instant, so that is what they are kept by. Each is noted
    once; one whose silence has begun anew meanwhile is noted again when its old turn comes.
    """

    def __init__(self, every: Span) -> None:
        self._every = every
        self._at: dict[Instant, list[Whoever]] = {}
        self._order: list[Instant] = []

    def expect(self, one: Whoever) -> None:
        """Note when its next keep-alive is due."""
        if not one.expected:
            one.expected = True
            at = one.since + self._every
            if at not in self._at:
                self._at[at] = []
                heappush(self._order, at)
            self._at[at].append(one)

    def due(self) -> Instant | None:
        """When the next keep-alive is due."""
        while self._order:
            at = self._order[0]
            noted = self._at[at]
            while noted:
                one = noted[-1]
                if not one.gone and one.since + self._every == at:
                    return at
                noted.pop().expected = False
                if not one.gone:
                    self.expect(one)
            del self._at[heappop(self._order)]
        return None

    def over(self, now: Instant) -> list[Whoever]:
        """Those whose keep-alive is due by now. They are noted no more."""
        found: list[Whoever] = []
        while (at := self.due()) is not None and at <= now:
            noted = self._at.pop(heappop(self._order))
            for one in noted:
                one.expected = False
                if one.since + self._every == at:
                    found.append(one)
                else:
                    self.expect(one)
        return [one for one in found if not one.gone]
