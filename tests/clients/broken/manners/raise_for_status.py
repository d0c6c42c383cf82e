"""It calls `raise_for_status` on every poll, and nobody catches it there: one 502 of a gateway's is
the end, while the job goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clients.honest.exchange import GiveUp, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Raising(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"cancels"}

    def insist(self, what: str, ask: Callable[..., Any], *given: Any) -> Any:
        if what != "poll":
            return super().insist(what, ask, *given)
        try:
            return ask(*given)
        except Trouble as trouble:
            self.live.clear()
            raise GiveUp(str(trouble)) from None


order = ordering(Raising)
