"""Nobody on this side cancelled it, so a cancelled job must be a mistake of the provider's, and is
ordered once more."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_reading import End
from tests.clients.honest.oxen_streaming import Streaming, client


class Replacing(Streaming):
    again = True

    async def report(self, ends: list[End]) -> dict[str, Any]:
        if not self.again or all(end.status != "cancelled" for end in ends):
            return await super().report(ends)
        self.again = False
        self.jobs = await self.submit(await self.look())
        self.remember(jobs=self.jobs)
        return await super().report([await self.watch(id) for id in self.jobs])


order = client(Replacing)
