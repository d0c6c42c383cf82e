"""It takes a link that has expired for a video that is gone, and does not say which job it was: a
poll would have signed another."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Answer, GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Ending(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"job_id"}

    def check(self, row: dict[str, Any], file: Answer) -> None:
        if file.status in (403, 404, 410):
            raise GiveUp("the video is gone")
        super().check(row, file)

    def named(self) -> None:
        return None


order = ordering(Ending)
