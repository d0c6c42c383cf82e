"""After twenty seconds it orders a second video, in case the first one is stuck, and cancels it
when the first is done: to cancel costs nothing, it was told, and no document says so."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tests.clients.honest.exchange import Refused, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Hedging(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"resumes"}
    polls = 0
    spares: tuple[str, ...] = ()

    def interval(self) -> float:
        self.polls += 1
        if self.polls == 4 and self.wanted == 1:
            self.before += self.ids
            with suppress(Refused):
                self.spares = tuple(self.submit())
                self.live |= set(self.spares)
        return super().interval()

    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        for id in self.spares:
            with suppress(Refused, Trouble):
                self.cancel(id)
        return super().report(ends)


order = ordering(Hedging)
