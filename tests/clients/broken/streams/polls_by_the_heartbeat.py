"""Every keep-alive makes it look at its job, which saves a timer, and the stream is read without a
timeout because it is meant to be quiet. When the heart stops, so does the client."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from tests.clients.honest.oxen_reading import End
from tests.clients.honest.oxen_streaming import Streaming, client


class Beating(Streaming):
    SILENCE = None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.beat = True

    def reconnect(self, bad: int, told: float) -> float:
        self.beat = True
        return super().reconnect(bad, told)

    def events(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
        return super().events(self.beating(chunks))

    async def beating(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self.beat = True
            yield chunk

    async def poll(self, id: str) -> End | None:
        if self.opened.is_set() and not self.beat and not self.ends[id].done():
            return None
        self.beat = False
        return await super().poll(id)


order = client(Beating)
