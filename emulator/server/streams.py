"""Live event streams: one ring of frames for all subscribers, and a cursor for each.

A frame is made once. Keep-alives are not stored: how many are due follows from the instants at
which a subscriber was last sent something, so the bytes are the same however time is cut.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from emulator.core.clock import Instant
from emulator.core.commands import Moved
from emulator.providers.port import Stream, Terms

RING = 1024
"""Frames a subscriber may fall behind before it is cut off."""

PATIENCE = 10_000
"""Keep-alives that one leap of the clock makes at the most: a reader would have dropped more."""


class Piece(NamedTuple):
    """A part of what a subscriber is sent: an event with the move it tells, or keep-alives."""

    moved: Moved | None
    data: bytes


class Subscriber:
    """One open stream: how far it has read, since when it is idle, and its sleep."""

    def __init__(self, cursor: int, since: Instant, origin: str) -> None:
        self.cursor = cursor
        self.since = since
        self.origin = origin
        self.gone = False
        self.expected = False
        self.asleep: asyncio.Future[None] | None = None

    @property
    def resting(self) -> bool:
        """Whether it sleeps."""
        return self.asleep is not None and not self.asleep.done()


class Hub:
    """The subscribers of one stream in one world.

    `stir` is called with +1 when a subscriber wakes and -1 when it has nothing more to send;
    `schedule` when there is another keep-alive to come, `handed` when all who rested were sent an
    event.
    """

    def __init__(
        self,
        stream: Stream,
        terms: Terms,
        stir: Callable[[int], None],
        schedule: Callable[[], None],
        handed: Callable[[Moved], None],
    ) -> None:
        self._stream = stream
        self._terms = terms
        self._stir = stir
        self._schedule = schedule
        self._handed = handed
        self._ring: deque[tuple[Moved, dict[str, bytes]]] = deque()
        self._trimming = False
        self.told = 0
        self.subscribers: set[Subscriber] = set()
        self._idle: list[tuple[Instant, int, Subscriber]] = []
        self._joined = 0
        self.closed = False

    @property
    def busy(self) -> bool:
        """Whether a subscriber has not yet been handed all there is."""
        return any(not one.resting for one in self.subscribers)

    def join(self, now: Instant, origin: str) -> Subscriber:
        """A new subscriber: it hears what is told from now on."""
        subscriber = Subscriber(self.told, now, origin)
        self.subscribers.add(subscriber)
        self._expect(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """The stream has ended."""
        subscriber.gone = True
        self.subscribers.discard(subscriber)

    def tell(self, moved: Moved) -> None:
        """A frame for everybody, if the provider tells this move at all."""
        if not self.subscribers or self._stream.tell(moved, "", self._terms) is None:
            return
        self._ring.append((moved, {}))
        self.told += 1
        self.wake_all()
        loop = asyncio.get_running_loop()
        loop.call_soon(self._handed, moved)  # Those who were woken have their turn before that.
        if len(self._ring) > RING and not self._trimming:
            self._trimming = True
            loop.call_soon(self._trim)

    def wake_all(self) -> None:
        """Every subscriber looks for something to send."""
        for subscriber in self.subscribers:
            self.wake(subscriber)

    def close(self) -> None:
        """End every stream cleanly."""
        self.closed = True
        self.wake_all()

    def due(self) -> Instant | None:
        """When the next keep-alive is to be sent."""
        while self._idle:
            at, _, subscriber = self._idle[0]
            if not subscriber.gone and at == subscriber.since + self._stream.every:
                return at
            self._unexpect()
            if not subscriber.gone:
                self._expect(subscriber)
        return None

    def stir_idle(self, now: Instant) -> None:
        """Wake those whose keep-alive is due."""
        while (due := self.due()) is not None and due <= now:
            self.wake(self._unexpect())

    def lost(self, subscriber: Subscriber) -> bool:
        """Whether it has fallen a ring behind and cannot be told what it missed."""
        return self.told - subscriber.cursor > len(self._ring)

    def take(self, subscriber: Subscriber, now: Instant) -> list[Piece]:
        """All that it is to be sent by `now`, in order, keep-alives in between."""
        pieces = []
        for moved, frames in self._ahead(subscriber):
            pieces.append(Piece(None, self._keep_alives(subscriber, moved.at)))
            pieces.append(Piece(moved, self._frame(moved, frames, subscriber.origin)))
            subscriber.since = moved.at
        subscriber.cursor = self.told
        pieces.append(Piece(None, self._keep_alives(subscriber, now)))
        return [piece for piece in pieces if piece.data]

    async def rest(self, subscriber: Subscriber) -> None:
        """Sleep until there may be something to send."""
        subscriber.asleep = asyncio.get_running_loop().create_future()
        self._expect(subscriber)
        self._schedule()
        self._stir(-1)
        try:
            await subscriber.asleep
        finally:
            if subscriber.asleep.cancelled():
                self._stir(+1)
            subscriber.asleep = None

    def wake(self, subscriber: Subscriber) -> None:
        """Let one look for something to send, or notice that it has gone."""
        if subscriber.asleep is not None and subscriber.resting:
            self._stir(+1)
            subscriber.asleep.set_result(None)

    def _trim(self) -> None:
        """Forget what is more than a ring behind.

        Everybody who was told of it has had a turn since: one leap of the clock may tell any number
        of frames, and only a reader that does not take them falls behind.
        """
        self._trimming = False
        while len(self._ring) > RING:
            self._ring.popleft()

    def _ahead(self, subscriber: Subscriber) -> list[tuple[Moved, dict[str, bytes]]]:
        behind = self.told - subscriber.cursor
        return list(islice(self._ring, len(self._ring) - behind, None)) if behind else []

    def _frame(self, moved: Moved, frames: dict[str, bytes], origin: str) -> bytes:
        if origin not in frames:
            frames[origin] = self._stream.tell(moved, origin, self._terms) or b""
        return frames[origin]

    def _keep_alives(self, subscriber: Subscriber, now: Instant) -> bytes:
        missed = max(now - subscriber.since, 0) // self._stream.every
        subscriber.since += missed * self._stream.every
        return self._stream.idle * min(missed, PATIENCE)

    def _expect(self, subscriber: Subscriber) -> None:
        """Note when its next keep-alive is due, once for each subscriber."""
        if not subscriber.expected:
            subscriber.expected = True
            self._joined += 1
            heappush(self._idle, (subscriber.since + self._stream.every, self._joined, subscriber))

    def _unexpect(self) -> Subscriber:
        _, _, subscriber = heappop(self._idle)
        subscriber.expected = False
        return subscriber
