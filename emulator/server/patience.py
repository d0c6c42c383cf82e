"""What calls wait for: the end of a job, an instant, or their client's hanging up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from emulator.core.clock import Instant
from emulator.core.commands import Jobs
from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Wait
from emulator.server import wire
from emulator.server.live import Live
from emulator.server.naps import Woken
from emulator.server.recorder import UNANSWERED

if TYPE_CHECKING:
    from emulator.server.visit import Visit


async def over(visit: Visit, wait: Wait, live: Live) -> Jobs:
    """The job when its wait is over; Gone if the client hangs up first. The job goes on."""
    waiter = live.join(wait)
    gone = hangs_up(visit)
    gone.add_done_callback(lambda _: live.waits.leave(waiter))
    try:
        reply = await live.waits.reply(waiter)
    finally:
        gone.cancel()
    if reply is None:
        visit.record(live, live.instant, UNANSWERED)
        raise wire.Gone
    return reply


async def nap(visit: Visit, live: Live, until: Instant | None) -> Woken:
    """Sleep until an instant of the world's clock, or until the client hangs up."""
    begun = live.nap(until)
    gone = hangs_up(visit)
    gone.add_done_callback(lambda _: live.naps.wake(begun, Woken.GONE))
    try:
        return await live.naps.over(begun)
    finally:
        gone.cancel()


async def pause(visit: Visit, live: Live, until: Instant) -> None:
    """The same for a call that is answered afterwards: Gone or Refused if it cannot be."""
    match await nap(visit, live, until):
        case Woken.GONE:
            visit.record(live, live.instant, UNANSWERED)
            raise wire.Gone
        case Woken.CLOSED:
            raise Refused(Reason.UNAVAILABLE, "the world has been dropped")
        case Woken.TIME:
            pass


def hangs_up(visit: Visit) -> asyncio.Future[None]:
    """Is done when the client hangs up."""
    return asyncio.ensure_future(_gone(visit))


async def _gone(visit: Visit) -> None:
    while (await visit.receive())["type"] != "http.disconnect":
        pass
