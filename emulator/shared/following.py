"""Reads the log from a position on, without a gap and without a repeat."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from emulator.shared import scripts
from emulator.shared.failures import Away, Refusing
from emulator.shared.places import Placed, Position, position
from emulator.shared.state import State
from emulator.shared.wire import Command, Wire, run

TOGETHER = 500
"""Entries read at once, at the most."""

PATIENCE = 1000
"""Milliseconds that Redis holds an answer back while there is nothing new."""

log = logging.getLogger("understudy")


async def follow(state: State, after: Position) -> AsyncIterator[tuple[Placed, ...]]:
    """All entries after a position, some at a time, without an end; over its own connection.

    With each reading Redis is asked, after it, whether the log still has all that comes after the
    position it began at: if so, then the reading has no gap. Raises Behind.
    """
    link = state.link()

    def make(wire: Wire) -> list[Command]:
        keys = state.keys.log, state.keys.stream
        return [
            ("XREAD", "COUNT", TOGETHER, "BLOCK", PATIENCE, "STREAMS", keys[1], str(after)),
            run(scripts.check, keys, state.birth, wire.run, str(after)),
        ]

    try:
        while True:
            await link.there()
            try:
                found, _ = await link.ask(make, wait=PATIENCE / 1000)
            except Away as away:
                log.warning("the log cannot be followed now: %s", away.why)
                continue
            except Refusing as no:
                log.warning("the log cannot be followed now: %s", no.why)
                link.drop(no)
                continue
            if found:
                entries = tuple(_placed(id, fields) for id, fields in found[0][1])
                after = entries[-1].position
                state.see(after)
                yield entries
    finally:
        await link.close()


def _placed(id: bytes, fields: list[Any]) -> Placed:
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    return Placed(
        position(id),
        values[b"world"].decode(),
        values[b"kind"].decode(),
        values[b"data"],
        values[b"by"].decode(),
    )
