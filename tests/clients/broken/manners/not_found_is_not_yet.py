"""It takes a 404 for a job that is not there yet, and polls on as if it were queued: every five
seconds, until the deadline."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Refused
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class NotYet(OxenPolling):
    def look(self, id: str) -> dict[str, Any]:
        try:
            row = self.call("GET", f"/api/ai/queue/{id}")
        except Refused as no:
            if no.status != 404:
                raise
            row = {"generation_id": id, "status": "queued"}
        return self.shaped(id, row)


order = ordering(NotYet)
