"""As long as keep-alives come it asks for nothing, because a stream that is well will surely tell.
Polls are a fallback for a dead stream, as many a README has it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from tests.clients.honest.oxen_reading import End
from tests.clients.honest.oxen_streaming import Streaming, client


class Trusting(Streaming):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.trusted, self.last = True, self.loop.time()

    def events(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
        return super().events(self.noted(chunks))

    async def noted(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self.last = self.loop.time()
                yield chunk
        finally:
            self.trusted = False

    async def poll(self, id: str) -> End | None:
        well = self.trusted and self.opened.is_set() and self.loop.time() - self.last < 30
        return None if well and not self.ends[id].done() else await super().poll(id)


order = client(Trusting)
order.capabilities -= {"resumes"}
