"""A connection that was reset is a hiccup of the network's, so the submit goes out once more after
a second: `except ConnectionError` is in every example of a robust client."""

from __future__ import annotations

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Reconnecting(OxenPolling):
    def enqueue(self) -> list[str]:
        try:
            return super().enqueue()
        except Trouble as trouble:
            if not str(trouble).startswith("ConnectionError"):
                raise
            self.wait(1)
        return super().enqueue()


order = ordering(Reconnecting)
