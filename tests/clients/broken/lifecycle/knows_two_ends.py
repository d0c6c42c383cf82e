"""It waits for succeeded or failed, and knows no third end: a cancelled job is polled until the
deadline."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class TwoEnds(OxenPolling):
    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        if row["status"] in ("succeeded", "failed"):
            return super().judge(id, row)
        return None


order = ordering(TwoEnds)
