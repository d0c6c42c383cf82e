"""Enqueueing takes a moment, so its timeout is fifteen seconds, and a timeout is what retries are
for. It looks before it buys again after every other trouble."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_reading import Trouble
from tests.clients.honest.oxen_streaming import Streaming, client


class Hurried(Streaming):
    SUBMIT = 15.0

    async def after(self, trouble: Trouble, before: Any) -> tuple[str, ...]:
        timed_out = trouble.open and trouble.status == 0
        return () if timed_out else await super().after(trouble, before)


order = client(Hurried)
