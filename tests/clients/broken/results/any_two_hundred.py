"""It believes every 200 of the right length to be the video: a login page has status 200 too."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Answer
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Believing(OxenPolling):
    def check(self, row: dict[str, Any], file: Answer) -> None:
        if file.status != 200 or not file.content:
            super().check(row, file)


order = ordering(Believing)
