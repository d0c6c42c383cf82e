"""A connection that broke has no status, and without a status nothing was accepted: so it submits
again. The job may have been made all the same."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_reading import Trouble
from tests.clients.honest.oxen_streaming import Streaming, client


class Statusless(Streaming):
    async def after(self, trouble: Trouble, before: Any) -> tuple[str, ...]:
        if trouble.status == 0 and not trouble.open:
            return ()
        return await super().after(trouble, before)


order = client(Statusless)
