"""Every line of the stream is split at a colon and a space, into two. Keep-alives have both, and so
has all that the vendor shows; a line that has no space ends the stream, and the client with it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from tests.clients.honest import oxen_sse as sse
from tests.clients.honest.oxen_reading import GiveUp
from tests.clients.honest.oxen_streaming import Streaming, client


class Unpacking(Streaming):
    async def events(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
        fields: dict[str, str] = {}
        async for line in sse.lines(chunks):
            if line:
                try:
                    field, value = line.split(": ", 1)
                except ValueError as error:
                    self.fail(f"the stream cannot be read: {error}")
                    return
                fields[field] = fields.get(field, "") + value
            else:
                yield fields.get("event", ""), fields.get("data", "")
                fields = {}

    def fail(self, why: str) -> None:
        for id in self.jobs:
            if not self.ends[id].done():
                self.ends[id].set_exception(GiveUp(why))


order = client(Unpacking)
