"""It raises an exception for a failed job, and catches it with those of the network: the caller
hears of a give-up, and tries the same again tomorrow."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Raising(OxenPolling):
    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        end = super().judge(id, row)
        if end and end[0] == "failed":
            raise GiveUp(f"the generation came to nothing: {end[1]}")
        return end


order = ordering(Raising)
