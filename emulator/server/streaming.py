"""A live stream, from its subscription to its end: written straight into its connection, or sent
by a task of its own where a fault or another server stands between."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from emulator.core.clock import Instant
from emulator.faults.deed import Response
from emulator.providers.port import Call, Stream
from emulator.server import patience, wire
from emulator.server.live import Live
from emulator.server.protocol import Wire
from emulator.server.streams import Hub, Subscriber
from emulator.server.tap import Spout

if TYPE_CHECKING:
    from emulator.server.falsified import Falsified
    from emulator.server.visit import Visit

EVENT_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
)

log = logging.getLogger("understudy")


class Written:
    """A stream that is written straight into its connection, whenever the hub has something for it:
    it needs no task. It ends when the client goes, falls a ring behind, or the server stops."""

    __slots__ = ("_call", "_first", "_head", "_hub", "_live", "_route", "_spout", "_sub", "_visit")

    _first: int
    _spout: Spout
    _sub: Subscriber

    def __init__(self, visit: Visit, route: Stream, call: Call, live: Live) -> None:
        self._visit = visit
        self._route = route
        self._call = call
        self._live = live
        self._hub = live.hubs[visit.provider.name, route.operation]
        self._head = list(head(visit, call, live).head)

    def open(self, spout: Spout) -> None:
        """Subscribe, and begin the response."""
        hub, live = self._hub, self._live
        self._spout = spout
        self._first = hub.told
        self._sub = hub.join(self._call.at, self._call.origin, self)
        opening = self._route.opening(live.terms[self._visit.provider.name].assume)
        spout.begin(self._head, wire.chunk(opening))
        hub.rest(self._sub)
        live.schedule()
        live.stir(-1)
        if hub.closed:
            self._finish()

    def serve(self, now: Instant) -> bool:
        """Write what is due, unless the connection takes no more for now."""
        spout, hub = self._spout, self._hub
        if spout.paused:
            return False
        if data := hub.chunk(self._sub, now):
            spout.write(data)
        if hub.closed:
            self._finish()
        return True

    def cut(self, behind: int) -> None:
        """It fell a ring behind: the connection is reset, what waits in it is thrown away."""
        tell_of(self._visit, self._live, behind)
        self._over()
        self._spout.abort()

    def resume(self) -> None:
        """The connection takes more."""
        self._hub.resume(self._sub)

    def lost(self) -> None:
        """The connection is gone."""
        if not self._sub.gone:
            self._over()

    def _finish(self) -> None:
        self._over()
        self._spout.finish()

    def _over(self) -> None:
        self._hub.leave(self._sub)
        live, frames = self._live, (self._first, self._sub.cursor)
        self._visit.record(live, live.instant, 200, self._head, b"", frames)


class Sleeper:
    """The task of a stream, as the hub sees it: it sleeps while there is nothing to send."""

    def __init__(self, visit: Visit, live: Live, hub: Hub) -> None:
        self._visit = visit
        self._live = live
        self._hub = hub
        self._asleep: asyncio.Future[None] | None = None

    def serve(self, now: Instant) -> bool:
        """Wake up: the task looks for itself what there is, or notices that the client has gone."""
        if self._asleep is not None and not self._asleep.done():
            self._live.stir(+1)
            self._asleep.set_result(None)
        return False

    def cut(self, behind: int) -> None:
        """It fell a ring behind: it gives up, and at once where its connection can be reset."""
        tell_of(self._visit, self._live, behind)
        below = self._visit.scope.get("state", {}).get("wire")
        if isinstance(below, Wire):
            below.abort()

    async def rest(self, subscriber: Subscriber) -> None:
        """Sleep until there may be something to send."""
        self._asleep = asyncio.get_running_loop().create_future()
        self._hub.rest(subscriber)
        self._live.schedule()
        self._live.stir(-1)
        try:
            await self._asleep
        finally:
            if self._asleep.cancelled():
                self._live.stir(+1)
            self._asleep = None


async def follow(
    visit: Visit, route: Stream, call: Call, live: Live, falsified: Falsified | None = None
) -> None:
    """Send a live stream until the client goes, falls a ring behind, or the server stops; a
    falsified one may end sooner."""
    hub = live.hubs[visit.provider.name, route.operation]
    sleeper = Sleeper(visit, live, hub)
    subscriber = hub.join(call.at, call.origin, sleeper)
    first = hub.told
    response = head(visit, call, live)
    if falsified is not None:
        response = falsified.head(response)
    headers = list(response.head)
    gone = patience.hangs_up(visit)
    gone.add_done_callback(lambda _: hub.wake(subscriber))
    live.schedule()
    try:
        await visit.send({"type": "http.response.start", "status": 200, "headers": headers})
        opening = route.opening(live.terms[visit.provider.name].assume)
        if falsified is None:
            await more(visit, opening)
        else:
            await falsified.open(opening)
        while not (gone.done() or hub.lost(subscriber)):
            if due := hub.take(subscriber, hub.now):
                # Nobody waits for a reader that does not read: while it is sent to, it rests.
                live.stir(-1)
                try:
                    if falsified is None:
                        await more(visit, b"".join(piece.data for piece in due))
                    elif not await falsified.send(due):
                        break
                finally:
                    live.stir(+1)
            elif hub.closed:
                break
            else:
                await sleeper.rest(subscriber)
        if falsified is not None and falsified.torn:
            await gone
        elif not gone.done():
            await visit.send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        hub.leave(subscriber)
        sent = b""
        if falsified is not None:
            sent, visit.idle = bytes(falsified.sent), falsified.idle
        visit.record(live, live.instant, 200, headers, sent, (first, subscriber.cursor))


async def more(visit: Visit, content: bytes) -> None:
    """A part of the stream's body."""
    await visit.send({"type": "http.response.body", "body": content, "more_body": True})


def head(visit: Visit, call: Call, live: Live) -> Response:
    """What every stream begins with."""
    date = wire.date(live.terms[visit.provider.name].see(call.at))
    return Response(200, (*EVENT_STREAM, date), b"")


def tell_of(visit: Visit, live: Live, behind: int) -> None:
    """Say which reader is cut off, and why."""
    client = visit.scope.get("client") or ("an unknown address",)
    at = ":".join(map(str, client))
    log.warning(
        "a reader of %s, at %s, fell a ring behind and was cut off: it had not taken %d frames",
        *(live.name, at, behind),
    )
