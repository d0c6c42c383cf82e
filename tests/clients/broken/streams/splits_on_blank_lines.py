"""Events are what stands between two pairs of line feeds, and their fields have a space behind the
colon: so do all examples, and the twelve lines of parser that every tutorial has."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from tests.clients.broken.streams.trusts_a_healthy_stream import Trusting
from tests.clients.honest.oxen_streaming import client


class Splitting(Trusting):
    async def events(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
        text = ""
        async for chunk in self.noted(chunks):
            text += chunk.decode()
            *blocks, text = text.split("\n\n")
            for block in blocks:
                pairs = (line.split(": ", 1) for line in block.split("\n") if ": " in line)
                fields = dict(pairs)
                yield fields.get("event", ""), fields.get("data", "")


order = client(Splitting)
order.capabilities -= {"resumes"}
