"""It keeps a table of the transitions that a job may make, and finds a job that was queued at one
look and done at the next impossible."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering

NEXT = {
    "queued": {"queued", "processing", "failed", "cancelled"},
    "processing": {"processing", "succeeded", "failed", "cancelled"},
}


class Strict(OxenPolling):
    def __init__(self, intent: Any) -> None:
        super().__init__(intent)
        self.last: dict[str, str] = {}

    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        before, now = self.last.get(id, "queued"), row["status"]
        if now == "succeeded" and now not in NEXT.get(before, {now}):
            raise GiveUp(f"a job cannot go from {before} to {now}")
        self.last[id] = now
        return super().judge(id, row)


order = ordering(Strict)
