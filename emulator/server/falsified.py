"""A stream that a fault has taken: which of its bytes are falsified, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_never

from emulator.core.commands import Moved
from emulator.faults.deed import End, Late, Pause, Response, Steps, Write
from emulator.server import streaming
from emulator.server.injector import Hit
from emulator.server.streams import Piece

if TYPE_CHECKING:
    from emulator.server.visit import Visit

KEPT = 64 * 1024
"""Bytes of a falsified stream that are recorded, from its beginning on."""


class Falsified:
    """What one connection is sent instead. `torn` means that its end was no end of a response."""

    def __init__(self, visit: Visit, hit: Hit) -> None:
        self.hit = hit
        self.torn = False
        self.sent = bytearray()
        self._visit = visit
        self._events = 0
        self._late = b""
        self._held = False
        self._silent = False
        self._changed = hit.deed.held() > 0

    @property
    def idle(self) -> str:
        """Why the fault did nothing on this connection, if it did not."""
        on = self.hit.fault.on
        which = "no event came" if on.event is None else f"event {on.event} never came"
        return "" if self._changed else f"{which} that it is about"

    def head(self, response: Response) -> Response:
        """The stream's head."""
        changed = self.hit.deed.response(response)
        self._changed = self._changed or changed != response
        return changed

    async def open(self, data: bytes) -> None:
        """What the stream begins with."""
        await self._perform(self.hit.deed.opening(data), data)

    async def send(self, due: Iterable[Piece]) -> bool:
        """All that is due; whether the stream goes on."""
        for piece in due:
            if self._silent:
                return True
            told = piece.moved is not None
            concerned = piece.moved is not None and self._concerns(piece.moved)
            deed = self.hit.deed
            steps = deed.event(piece.data) if concerned else deed.other(piece.data)
            if not await self._perform(steps, piece.data):
                return False
            if told:
                await self._release()
        return True

    def _concerns(self, moved: Moved) -> bool:
        on = self.hit.fault.on
        if on.job not in (None, moved.job.nth) or on.id not in (None, moved.job.id):
            return False
        if on.states and moved.to not in on.states:
            return False
        self._events += 1
        return on.event in (None, self._events)

    async def _perform(self, steps: Steps, plain: bytes) -> bool:
        self._changed = self._changed or steps != ((Write(plain),) if plain else ())
        for step in steps:
            match step:
                case Write():
                    await self._out(step.data)
                case Late() if self._late:
                    await self._out(step.data)
                case Late():
                    self._late = step.data
                    self._held = True
                case Pause():
                    raise AssertionError("a stream's events are not held up")
                case End.HANG:
                    self._silent = True
                    return True
                case End.FINISH:
                    return False
                case End.CLOSE:
                    self.torn = True
                    self._visit.wire.close()
                    return False
                case End.RESET:
                    self.torn = True
                    await self._visit.wire.reset()
                    return False
                case _:
                    assert_never(step)
        return True

    async def _release(self) -> None:
        """Send what was held back until another event had been told."""
        late, held, self._held = self._late, self._held, False
        if late and not held:
            self._late = b""
            await self._out(late)

    async def _out(self, data: bytes) -> None:
        if data:
            self.sent += data[: max(KEPT - len(self.sent), 0)]
            await streaming.more(self._visit, data)
