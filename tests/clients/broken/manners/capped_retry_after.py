"""It caps Retry-After at ten seconds, so that no worker is blocked for long, and asks again before
the provider listens."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Capped(OxenPolling):
    def told(self, header: str | None) -> float:
        wanted = super().told(header)
        return min(wanted, 10.0) if header and header.isdigit() else wanted


order = ordering(Capped)
