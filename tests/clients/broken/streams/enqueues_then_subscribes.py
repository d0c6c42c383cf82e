"""It subscribes once it has an id to listen for, the natural order to write it down in; what was
told before is never told again, and a stream that is well is not doubted."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.clients.broken.streams.trusts_a_healthy_stream import Trusting
from tests.clients.honest.oxen_streaming import client


class Late(Trusting):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.accepted = asyncio.Event()

    async def open(self) -> None:
        """Not yet: there is no id."""

    async def have(self) -> tuple[str, ...]:
        ids = await super().have()
        self.accepted.set()
        return ids

    async def listen(self) -> None:
        await self.accepted.wait()
        await super().listen()


order = client(Late)
order.capabilities -= {"resumes"}
