"""The shared log as one worker has it: it appends, looks, follows, and keeps snapshots."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from typing import Self

from emulator.core.clock import Span
from emulator.shared.address import read
from emulator.shared.appending import Appending
from emulator.shared.following import follow
from emulator.shared.keeping import MARGIN, Keeping
from emulator.shared.looking import Looking
from emulator.shared.places import Draft, Looked, Placed, Position, Snapshot
from emulator.shared.state import State

TIMEOUT = 2.0
"""Seconds that anything takes at the most."""

log = logging.getLogger("understudy")


class SharedLog:
    """A log in Redis, which other workers use too. The package says what it promises.

    It belongs to the event loop it was opened on.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._appending = Appending(state)
        self._looking = Looking(state)
        self._keeping = Keeping(state)

    @classmethod
    async def open(cls, url: str, *, within: float = TIMEOUT) -> Self:
        """The log at `redis://`, `rediss://` or `unix://`, made if there is none. Everything is
        answered or fails `within` so many seconds.

        Raises BadLog for a Redis that is not there, or cannot keep a log; warns of what it would
        lose.
        """
        state = State(read(url), within)
        for risk in await state.opened():
            log.warning("Redis at %s: %s", state.address.shown, risk)
        return cls(state)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def worker(self) -> str:
        """What entries of this worker are `by`."""
        return self._state.worker

    @property
    def why(self) -> str:
        """Why the log cannot be used now; nothing if it can, as far as is known."""
        return self._appending.link.why or self._looking.link.why

    async def append(self, drafts: Sequence[Draft]) -> tuple[Position, ...]:
        """The positions of these entries, which follow one another, once they are in the log.

        Raises Unwritable, Unsure, and Lost.
        """
        return await self._appending.append(drafts)

    async def look(self) -> Looked:
        """The present: a stamp, and the last entry's position. Raises Unreadable, and Lost."""
        return await self._looking.look()

    def follow(self, after: Position) -> AsyncIterator[tuple[Placed, ...]]:
        """All entries after this one, some at a time, in order, without an end. Raises Behind.

        While Redis is away it waits; whoever must know asks `look`. To be closed with `aclose`.
        """
        return follow(self._state, after)

    async def turn(self) -> bool:
        """Whether this worker is the one to make a snapshot now. Raises Unwritable, and Lost."""
        return await self._keeping.turn()

    async def keep(self, at: Position, data: bytes, *, margin: Span = MARGIN) -> bool:
        """Store a snapshot of all worlds at a position; False if there is one that is not older.

        Entries that are older than it by `margin` microseconds go. Raises Unwritable, Lost, and
        ValueError for a position that is still to come.
        """
        return await self._keeping.keep(at, data, margin)

    async def latest(self) -> Snapshot | None:
        """Begin anew from what Redis has: the last snapshot, or nothing for an empty beginning.

        Raises Unreadable. Whatever this worker had seen of the log before, it is to forget.
        """
        self._state.forget()
        for link in (self._appending.link, self._looking.link, self._keeping.link):
            link.again()
        return await self._keeping.latest()

    async def close(self) -> None:
        """Write what is on its way, and let go."""
        for part in (self._appending, self._looking):
            await part.close()
        await self._keeping.link.close()
