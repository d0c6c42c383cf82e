"""Sockets that serve one world each, so that faults can befall a connection before it says whose
it is."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import TypeAlias

from emulator.core.clock import Instant
from emulator.core.commands import Called, Struck
from emulator.core.faults import Armed
from emulator.faults import deed
from emulator.faults.catalogue import CONNECT
from emulator.faults.deed import End, Family
from emulator.server.faults import Strike
from emulator.server.live import Live
from emulator.server.protocol import Wire
from emulator.server.recorder import UNANSWERED, Noted

log = logging.getLogger("understudy")

REFUSE = "refuse_connections"
"""The deed that lets nothing listen."""

Make: TypeAlias = Callable[[dict[str, object]], asyncio.Protocol]
"""Makes the protocol of a connection, given what each of its calls finds in its state."""


class Listener:
    """The port of one world. While a fault refuses connections, nothing listens on it; a socket
    that never listens holds it all the time, so that nobody else gets it."""

    def __init__(self, live: Live, make: Make, open_: Callable[[str, int], socket.socket]) -> None:
        self._live = live
        self._make = make
        self._open = open_
        self._holder = open_("127.0.0.1", 0)
        self._server: asyncio.Server | None = None
        self._turning: asyncio.Task[None] | None = None
        self._refusing: set[str] = set()
        self.port: int = self._holder.getsockname()[1]

    @property
    def url(self) -> str:
        """The origin to call."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def refuses(self) -> bool:
        """Whether nothing listens there now."""
        return bool(self._refusing)

    async def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        state: dict[str, object] = {"listener": self}
        bound = self._open("127.0.0.1", self.port)
        self._server = await loop.create_server(lambda: self._make(state), sock=bound)

    def serves(self, live: Live) -> bool:
        """Whether that is the world whose calls come here."""
        return live is self._live

    def heed(self, now: Instant) -> None:
        """Listen, or do not, as the faults want it at this instant."""
        span = now - self._live.world.scenario.start
        refusing = {one.fault.id for one in self._refusals() if one.reaches(span)}
        for id in sorted(refusing - self._refusing):
            self._live.faults.note(id, Strike(0, deed=(Family.WIRE.value, REFUSE)))
        turn = bool(refusing) != bool(self._refusing)
        self._refusing = refusing
        if turn:
            before = self._turning
            self._turning = asyncio.get_running_loop().create_task(self._turn(before))

    async def turned(self) -> None:
        """Return once it listens, or does not, as it was told last."""
        if self._turning is not None:
            await self._turning

    def due(self, now: Instant) -> Instant | None:
        """When it is to heed the faults again."""
        start = self._live.world.scenario.start
        bounds = [start + at for one in self._refusals() for at in one.bounds if at is not None]
        return min((at for at in bounds if at > now), default=None)

    def _refusals(self) -> list[Armed]:
        armed = self._live.world.armory.armed.values()
        return [one for one in armed if one.fault.do == REFUSE]

    def close(self) -> None:
        """Listen no more."""
        self._pause()
        self._holder.close()

    def _pause(self) -> None:
        """Listen no more for now."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def met(self, wire: Wire) -> None:
        """A connection was made: the fault that takes it does so at once."""
        live = self._live
        if live.closed:
            wire.abort()
            return
        now = live.present()
        if not live.world.armory.counts("", CONNECT):
            return
        struck = live.do(Called(provider="", operation=CONNECT))
        if not isinstance(struck, Struck) or struck.fault is None:
            return
        fault = struck.fault
        made = deed(fault.do, fault.args)
        for step in made.script(None) or ():
            if step is End.RESET:
                wire.abort()
            elif step is End.CLOSE:
                wire.close()
        live.recorder.note(
            Noted(
                *("", b"", b"", [], now, UNANSWERED, [], b""),
                operation=CONNECT,
                fault=fault.id,
                family=made.family.value,
            )
        )
        struck_by = (made.family.value, fault.do)
        live.faults.note(fault.id, Strike(live.recorder.count, deed=struck_by))

    async def _turn(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        try:
            if self._refusing:
                self._pause()
            elif not self._refusing and self._server is None and not self._live.closed:
                await self.start()
        except OSError as error:
            log.error("the listener of %s cannot go on: %s", self._live.name, error)
