"""It asks the queue for what is `running`, a word of another API's, and falls back on all rows when
that is refused: nobody reads the log, since it works."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tests.clients.honest.exchange import Refused
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Foreign(OxenPolling):
    def jobs(self) -> list[dict[str, Any]]:
        with suppress(Refused):
            self.call("GET", "/api/ai/queue?status=running")
        return super().jobs()


order = ordering(Foreign)
