"""The deadline is a timeout around the whole of it, and what comes out of that is a TimeoutError:
it says that there was no time, and not which job goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.clients.honest.oxen_streaming import Streaming, client


class Wrapped(Streaming):
    async def run(self) -> dict[str, Any]:
        self.end = self.deadline
        try:
            async with asyncio.timeout_at(self.deadline - 10):
                return await super().run()
        except TimeoutError:
            return {"outcome": "gave_up", "error": "timed out"}


order = client(Wrapped)
