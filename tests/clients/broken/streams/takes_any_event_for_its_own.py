"""The first event that tells of a video must be about the one that was asked for: there is only one
job in any test. It does not fetch what it reports."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_reading import End
from tests.clients.honest.oxen_streaming import Streaming, client


class Unfiltered(Streaming):
    def settle(self, id: Any, end: End | None) -> None:
        super().settle(self.jobs[0] if len(self.jobs) == 1 else id, end)

    async def fetch(self, id: str, end: End) -> str:
        return end.url


order = client(Unfiltered)
order.capabilities -= {"downloads"}
