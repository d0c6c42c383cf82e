"""The loop over the stream is the wait for the job: when the loop is over and nothing was told, it
gives up. Behind no proxy, on the developer's machine, streams do not end."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.clients.honest.oxen_reading import End, GiveUp
from tests.clients.honest.oxen_streaming import Streaming, client


class OneStream(Streaming):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.over = False

    def reconnect(self, bad: int, told: float) -> float:
        self.over = self.opened.is_set()
        return super().reconnect(bad, told)

    async def told(self, end: asyncio.Future[End], seconds: float) -> bool:
        known = await super().told(end, seconds)
        if self.over and not known:
            raise GiveUp("the stream ended before the job did")
        return known


order = client(OneStream)
