"""Whatever is answered with 500 or more was not done, so the submit is sent again with a backoff:
the same five lines that every client of an internal service has."""

from __future__ import annotations

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Transient(OxenPolling):
    def enqueue(self) -> list[str]:
        for _ in range(3):
            try:
                return super().enqueue()
            except Trouble as trouble:
                if "the answer is 5" not in str(trouble):
                    raise
                self.pause("submit", trouble)
        return super().enqueue()


order = ordering(Transient)
