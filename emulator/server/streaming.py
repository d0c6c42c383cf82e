"""A live stream, from its subscription to its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from emulator.faults.deed import Response
from emulator.providers.port import Call, Stream
from emulator.server import patience, wire
from emulator.server.live import Live

if TYPE_CHECKING:
    from emulator.server.falsified import Falsified
    from emulator.server.visit import Visit

EVENT_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
)

log = logging.getLogger("understudy")


async def follow(
    visit: Visit, route: Stream, call: Call, live: Live, falsified: Falsified | None = None
) -> None:
    """Send a live stream until the client goes, falls a ring behind, or the server stops; a
    falsified one may end sooner."""
    terms = live.terms[visit.provider.name]
    hub = live.hubs[visit.provider.name, route.operation]
    subscriber = hub.join(call.at, call.origin)
    first = hub.told
    response = Response(200, (*EVENT_STREAM, wire.date(terms.see(call.at))), b"")
    if falsified is not None:
        response = falsified.head(response)
    head = list(response.head)
    gone = patience.hangs_up(visit)
    gone.add_done_callback(lambda _: hub.wake(subscriber))
    live.schedule()
    try:
        await visit.send({"type": "http.response.start", "status": 200, "headers": head})
        opening = route.opening(terms.assume)
        if falsified is None:
            await more(visit, opening)
        else:
            await falsified.open(opening)
        while not (gone.done() or hub.closed or hub.lost(subscriber)):
            if due := hub.take(subscriber, live.present()):
                # Nobody waits for a reader that does not read: while it is sent to, it rests.
                live.stir(-1)
                try:
                    if falsified is None:
                        await more(visit, b"".join(piece.data for piece in due))
                    elif not await falsified.send(due):
                        break
                finally:
                    live.stir(+1)
            else:
                await hub.rest(subscriber)
        if hub.lost(subscriber):
            live.meters.dropped[visit.provider.name, route.operation] += 1
            log.warning("a reader of %s fell a ring behind and was cut off", live.name)
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
        visit.record(live, live.instant, 200, head, sent, (first, subscriber.cursor))


async def more(visit: Visit, content: bytes) -> None:
    """A part of the stream's body."""
    await visit.send({"type": "http.response.body", "body": content, "more_body": True})
