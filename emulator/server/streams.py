"""Live event streams: one ring of frames for all subscribers, and a cursor for each.

A frame is made once. Keep-alives are not stored: how many are due follows from the instants at
which a subscriber was last sent something, so the bytes are the same however time is cut. However
many are to be sent something at once, each turn of the event loop serves only a slice of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple, Protocol

from emulator.core.clock import Instant
from emulator.core.commands import Moved
from emulator.providers.port import Stream, Terms
from emulator.server import wire
from emulator.server.silences import Silences

RING = 1024
"""Frames a subscriber may fall behind before it is cut off."""

PATIENCE = 10_000
"""Keep-alives that one leap of the clock makes at the most: a reader would have dropped more."""

SLICE = 256
"""Subscribers that are served in one turn of the event loop: calls that come meanwhile wait for no
more."""


class Piece(NamedTuple):
    """A part of what a subscriber is sent: an event with the move it tells, or keep-alives."""

    moved: Moved | None
    data: bytes


class Reader(Protocol):
    """The other end of a subscription."""

    def serve(self, now: Instant) -> bool:
        """There may be something to take. Whether all of it was handed over at once; if not,
        `rest` or `resume` of the hub says when the reader can go on."""

    def cut(self, behind: int) -> None:
        """It is told no more: it is so many frames behind."""


class Subscriber:
    """One open stream: how far it has read, and since when it is idle. It is `resting` while it
    has been handed all there is."""

    __slots__ = ("cursor", "expected", "gone", "origin", "reader", "resting", "since")

    def __init__(self, cursor: int, since: Instant, origin: str, reader: Reader) -> None:
        self.cursor = cursor
        self.since = since
        self.origin = origin
        self.reader = reader
        self.gone = False
        self.expected = False
        self.resting = False


class Hub:
    """The subscribers of one stream in one world.

    `stir` is called with +1 when somebody is to be served and -1 when there is nothing more to
    hand over; `schedule` when there is another keep-alive to come. `present` is the instant.
    `handed` is told of an event once all who rested were sent it, `cut` of a reader that fell a
    ring behind.
    """

    def __init__(
        self,
        stream: Stream,
        terms: Terms,
        *,
        stir: Callable[[int], None],
        schedule: Callable[[], None],
        present: Callable[[], Instant],
        handed: Callable[[Moved], None],
        cut: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._terms = terms
        self._stir = stir
        self._schedule = schedule
        self._present = present
        self._handed = handed
        self._cut = cut
        self._telling: list[Moved] = []
        self._ring: deque[tuple[Moved, dict[str, bytes]]] = deque()
        self._silences: Silences[Subscriber] = Silences(stream.every)
        self._waiting: deque[Subscriber] = deque()
        self._awake: dict[Subscriber, None] = {}
        self._chunks: dict[tuple[int, str, int], tuple[bytes, Instant]] = {}
        self._chunked: tuple[Instant, int] = (0, 0)
        self._now: Instant = 0
        self.serving = False
        self.told = 0
        self.subscribers: dict[Subscriber, None] = {}
        self.closed = False

    @property
    def now(self) -> Instant:
        """Up to when subscribers are told of what happens: once closed, time goes on no more."""
        if not self.closed:
            self._now = self._present()
        return self._now

    @property
    def busy(self) -> bool:
        """Whether a subscriber has not yet been handed all there is."""
        return bool(self.serving or self._awake)

    def join(self, now: Instant, origin: str, reader: Reader) -> Subscriber:
        """A new subscriber: it hears what is told from now on, once it rests."""
        subscriber = Subscriber(self.told, now, origin, reader)
        self.subscribers[subscriber] = self._awake[subscriber] = None
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """The stream has ended."""
        subscriber.gone, subscriber.resting = True, False
        self.subscribers.pop(subscriber, None)
        self._awake.pop(subscriber, None)

    def tell(self, moved: Moved) -> None:
        """A frame for everybody, if the provider tells this move at all."""
        if not self.subscribers or self._stream.tell(moved, "", self._terms) is None:
            return
        self._ring.append((moved, {}))
        self.told += 1
        self.wake_all()
        self._telling.append(moved)
        self._serve_soon()

    def wake_all(self) -> None:
        """Every subscriber looks for something to send."""
        for subscriber in self.subscribers:
            self.wake(subscriber)

    def wake(self, subscriber: Subscriber) -> None:
        """Let one look for something to send. One that does not rest will do so by itself."""
        if subscriber.resting:
            subscriber.resting = False
            self._queue(subscriber)

    def resume(self, subscriber: Subscriber) -> None:
        """One that could not be handed everything can be handed more."""
        if subscriber in self._awake:
            del self._awake[subscriber]
            self._queue(subscriber)

    def rest(self, subscriber: Subscriber) -> None:
        """One has been handed all there is."""
        self._awake.pop(subscriber, None)
        if not subscriber.gone:
            subscriber.resting = True
            self._silences.expect(subscriber)

    def close(self) -> None:
        """End every stream cleanly."""
        self.closed = True
        self.wake_all()

    def due(self) -> Instant | None:
        """When the next keep-alive is to be sent."""
        return self._silences.due()

    def stir_idle(self, now: Instant) -> None:
        """Wake those whose keep-alive is due."""
        for subscriber in self._silences.over(now):
            self.wake(subscriber)

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

    def chunk(self, subscriber: Subscriber, now: Instant) -> bytes:
        """The same as a chunk of a chunked body. Those who are to be sent the same share it."""
        cursor, since, every = subscriber.cursor, subscriber.since, self._stream.every
        ahead = cursor < self.told
        until = self._ring[cursor - self.told][0].at if ahead else now
        missed = max(until - since, 0) // every
        if not (ahead or missed):
            return b""
        if self._chunked != (now, self.told):
            self._chunked = now, self.told
            self._chunks.clear()
        key = cursor, subscriber.origin, missed
        if (made := self._chunks.get(key)) is None:
            data = b"".join(piece.data for piece in self.take(subscriber, now))
            made = self._chunks[key] = wire.chunk(data), subscriber.since
        subscriber.cursor = self.told
        subscriber.since = made[1] if ahead else since + missed * every
        return made[0]

    def _queue(self, subscriber: Subscriber) -> None:
        self._waiting.append(subscriber)
        self._serve_soon()

    def _serve_soon(self) -> None:
        if not self.serving:
            self.serving = True
            self._stir(+1)
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        """Serve a slice of those who wait, and the next in the turn that follows."""
        self._trim()
        now = self.now
        for _ in range(min(SLICE, len(self._waiting))):
            subscriber = self._waiting.popleft()
            if subscriber.gone:
                continue
            if self.lost(subscriber):
                self._drop(subscriber)
            elif subscriber.reader.serve(now):
                self.rest(subscriber)
            else:
                self._awake[subscriber] = None
        if self._waiting or len(self._ring) > RING:
            asyncio.get_running_loop().call_soon(self._serve)
            return
        self.serving = False
        for moved in self._telling:  # Those who were woken have their turn before that.
            asyncio.get_running_loop().call_soon(self._handed, moved)
        self._telling.clear()
        self._schedule()
        self._stir(-1)

    def _trim(self) -> None:
        """Forget what is more than a ring behind, and cut off whoever had not taken it.

        One leap of the clock may tell any number of frames: nothing is forgotten before everybody
        has had a turn to take it. Who waits first has waited longest, and lags most.
        """
        kept = RING
        if self._waiting:
            kept = max(kept, self.told - self._waiting[0].cursor)
        if len(self._ring) <= kept:
            return
        while len(self._ring) > kept:
            self._ring.popleft()
        for subscriber in [one for one in self._awake if self.lost(one)]:
            del self._awake[subscriber]
            self._drop(subscriber)

    def _drop(self, subscriber: Subscriber) -> None:
        self._cut()
        subscriber.reader.cut(self.told - subscriber.cursor)

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
