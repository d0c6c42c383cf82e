"""An answer that is not JSON, or has no ids, is a hiccup, and hiccups are retried: the submit goes
into the same loop as the polls. Its status said that it was accepted."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_reading import Trouble
from tests.clients.honest.oxen_streaming import Streaming, client


class Reparsing(Streaming):
    async def after(self, trouble: Trouble, before: Any) -> tuple[str, ...]:
        accepted = trouble.open and 200 <= trouble.status < 300
        return () if accepted else await super().after(trouble, before)


order = client(Reparsing)
