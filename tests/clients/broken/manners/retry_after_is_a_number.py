"""It reads Retry-After with `float`, and takes a date for no header at all."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Number(OxenPolling):
    def told(self, header: str | None) -> float:
        try:
            return max(float(header or 0), 0.0)
        except ValueError:
            return 0.0


order = ordering(Number)
