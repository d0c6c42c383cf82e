"""A link that does not work means that the result is broken, and a new video mends it. A poll would
have brought a fresh link to the old one, for nothing."""

from __future__ import annotations

from tests.clients.honest.oxen_reading import End, Trouble
from tests.clients.honest.oxen_streaming import Streaming, client


class Remaking(Streaming):
    async def fetch(self, id: str, end: End) -> str:
        try:
            self.check(end, await self.download(end.url))
            return end.url
        except Trouble:
            await self.pause(1)
        fresh, *_ = await self.submit(await self.look())
        self.jobs = (*self.jobs, fresh)
        return await super().fetch(fresh, await self.watch(fresh))


order = client(Remaking)
order.capabilities -= {"resumes"}
