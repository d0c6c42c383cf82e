"""It reads the reason of a failure from `error`, as the event calls it; a row calls it
`error_message`, so that every failure is an unknown one."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Unknown(OxenPolling):
    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        end = super().judge(id, row)
        if end and end[0] == "failed":
            return "failed", row.get("error") or "Unknown error"
        return end


order = ordering(Unknown)
