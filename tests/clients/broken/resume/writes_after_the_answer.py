"""It writes its state only when the submit has been answered: killed a moment before, it starts
again with nothing, and buys again."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class After(OxenPolling):
    def save(self, ids: list[str] | None = None) -> None:
        if ids:
            super().save(ids)


order = ordering(After)
