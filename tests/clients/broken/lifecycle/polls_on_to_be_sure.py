"""It polls on for a while after the end, because a row once came without its link: whoever added
the loop forgot to leave it when the link is there."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from tests.clients.honest.exchange import Refused, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Sure(OxenPolling):
    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        end = super().judge(id, row)
        for _ in range(3 if end and end[0] != "cancelled" else 0):
            time.sleep(self.EVERY)
            with suppress(Trouble, Refused):
                self.look(id)
        return end


order = ordering(Sure)
