"""It takes a 404 for the sign that the job is done: rows once vanished from the queue when they had
ended, and the client was written then."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Answer, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Gone(OxenPolling):
    def look(self, id: str) -> dict[str, Any]:
        try:
            return super().look(id)
        except Trouble:
            if self.answered == 404:
                return {"status": "succeeded", "result_url": ""}
            raise

    def read(self, answer: Answer) -> dict[str, Any]:
        self.answered = answer.status
        return super().read(answer)

    def fetch(self, id: str, row: dict[str, Any]) -> str:
        return super().fetch(id, row) if row["result_url"] else ""

    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        said = super().report(ends)
        return {**said, "urls": [url for url in said["urls"] if url]}


order = ordering(Gone)
