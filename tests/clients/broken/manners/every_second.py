"""It polls every second, so that the progress bar looks alive; no result comes sooner for it."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Eager(OxenPolling):
    def interval(self) -> float:
        return 1.0


order = ordering(Eager)
