"""Snapshots of all worlds in Redis: in parts, each in place of the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

from redis.exceptions import ResponseError

from emulator.core.clock import Span
from emulator.log.rows import Unwritable
from emulator.shared import scripts
from emulator.shared.failures import Away, Refusing
from emulator.shared.link import Make
from emulator.shared.places import Position, Snapshot, Unreadable, position
from emulator.shared.state import State
from emulator.shared.wire import Command, Wire, run

PART = 1024 * 1024
"""Bytes of one part: what Redis does with it keeps nobody else waiting for long."""

PASSING = 600_000
"""Milliseconds after which the parts of a snapshot go that was never finished."""

TURN = 60_000
"""Milliseconds that a worker has for a snapshot before another one may begin one too."""

MARGIN: Span = 30_000_000
"""Microseconds of the log before a snapshot that are left, for those who are behind."""

TRIES = 5
"""Times that a snapshot is read again which another one has replaced meanwhile."""


class Keeping:
    """Writes and reads snapshots over a connection of its own, so that they hold up nothing."""

    def __init__(self, state: State) -> None:
        self.link = state.link()
        self._state = state
        self._numbers = count(1)

    async def turn(self) -> bool:
        """Whether this worker is to make a snapshot. No other one is told so until it has, or for a
        while."""
        lock, mine = self._state.keys.lock, self._state.worker
        try:
            (said,) = await self.link.ask(_one("SET", lock, mine, "NX", "GET", "PX", TURN))
        except (Away, Refusing) as error:
            raise Unwritable(error.why) from None
        return said is None or said.decode() == mine

    async def keep(self, at: Position, data: bytes, margin: Span = MARGIN) -> bool:
        """Store a snapshot, and let go of the entries it stands for; False if there is a later one.

        Raises Unwritable, and ValueError for a position that is still to come.
        """
        state = self._state
        prefix = f"{state.keys.part}:{state.worker}:{next(self._numbers)}"
        names = [f"{prefix}:{part}" for part in range(1, -(-len(data) // PART) + 1)]
        keys = state.keys.log, state.keys.stream, state.keys.lock, *names

        def switch(wire: Wire) -> list[Command]:
            return [
                run(
                    scripts.keep, keys, state.birth, wire.run, str(at), margin, prefix, len(data),
                    state.worker,
                )
            ]  # fmt: skip

        try:
            for name, part in zip(names, _parts(data), strict=True):
                await self.link.ask(_one("SET", name, part, "NX", "PX", PASSING))
            (done,) = await self.link.ask(switch)
        except (Away, Refusing) as error:
            raise Unwritable(error.why) from None
        except ResponseError as error:
            if str(error).startswith("AHEAD"):
                raise ValueError(f"a snapshot at {at} is ahead of the log: {error}") from None
            if str(error).startswith("PART"):
                raise Unwritable("a part of the snapshot went before it was whole") from None
            raise
        return bool(done)

    async def latest(self) -> Snapshot | None:
        """The last snapshot, if there is one. Raises Unreadable."""
        try:
            for _ in range(TRIES):
                (said,) = await self.link.ask(
                    _one("HMGET", self._state.keys.log, "kept", "prefix", "parts", "size")
                )
                if said[0] is None:
                    return None
                at, prefix, parts, size = position(said[0]), said[1], int(said[2]), int(said[3])
                data = await self._read(prefix.decode(), parts)
                if len(data) == size:
                    return Snapshot(at, data)
                await asyncio.sleep(0)
        except (Away, Refusing) as error:
            raise Unreadable(error.why) from None
        raise Unreadable(f"the snapshot at {at} is not whole: {len(data)} of {size} bytes")

    async def _read(self, prefix: str, parts: int) -> bytes:
        """What there is of it."""
        data = bytearray()
        for part in range(1, parts + 1):
            (found,) = await self.link.ask(_one("GET", f"{prefix}:{part}"))
            data += found or b""
        return bytes(data)


def _one(*command: str | bytes | int) -> Make:
    return lambda _: [command]


def _parts(data: bytes) -> Iterator[bytes]:
    return (data[at : at + PART] for at in range(0, len(data), PART))
