"""Started again, it looks for its job among those being processed, as the id alone seemed too
little to go by: one that still waits, or is done, it believes to be lost."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import GiveUp, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Running(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"job_id"}

    def begin(self) -> list[str]:
        known = self.load().get("ids")
        if not known:
            return super().begin()
        rows = self.insist("list", self.running)
        if ids := [row["generation_id"] for row in rows if row["generation_id"] in known]:
            return ids
        raise GiveUp("the job is not being processed")

    def running(self) -> list[dict[str, Any]]:
        rows = self.call("GET", "/api/ai/queue?status=processing").get("generations")
        if not isinstance(rows, list):
            raise Trouble("the queue cannot be read")
        return rows


order = ordering(Running)
