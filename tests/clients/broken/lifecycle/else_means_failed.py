"""Its chain of comparisons ends in an `else` that means failure, so that the first word which the
vendor adds fails every job."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Else(OxenPolling):
    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        status = row["status"]
        if status in ("queued", "processing"):
            return None
        if status in ("succeeded", "cancelled"):
            return super().judge(id, row)
        return "failed", row.get("error_message") or f"status {status}"


order = ordering(Else)
