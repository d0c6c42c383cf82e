"""Commands on their way into a log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from emulator.core.clock import Instant
from emulator.core.commands import Command, Reply
from emulator.core.refusals import Refused
from emulator.server.live import Live


class Asked(NamedTuple):
    """A command on its way into the log, and who waits for what comes of it.

    Without a command it is a world's beginning, or its end if `forget` has it forgotten.
    """

    live: Live
    reply: asyncio.Future[Reply | Refused]
    command: Command | None = None
    data: tuple[str, bytes] = ("", b"")
    to: Instant = 0
    forget: Callable[[], None] | None = None


def asked(live: Live, **more: Any) -> Asked:
    """Something that is asked from now on."""
    return Asked(live, asyncio.get_running_loop().create_future(), **more)


def stamping(batch: list[Asked]) -> Iterator[tuple[Asked, Instant]]:
    """When each command takes effect. Until the first of a world has, its clock stands there."""
    last: dict[Live, Instant] = {}
    for one in batch:
        at = max(one.to, one.live.instant, last.get(one.live, 0))
        if one.live not in last:
            one.live.held = at
        last[one.live] = at
        yield one, at


def tell(one: Asked, said: Reply | Refused) -> None:
    if not one.reply.done():
        one.reply.set_result(said)
