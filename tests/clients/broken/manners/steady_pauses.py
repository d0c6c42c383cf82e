"""It pauses for five seconds after every failure, however many there were: the backoff was to come
with the next version."""

from __future__ import annotations

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Steady(OxenPolling):
    TRIES = 2

    def pause(self, what: str, trouble: Trouble) -> None:
        self.failures[what] += 1
        self.wait(max(self.EVERY, self.told(trouble.told)))


order = ordering(Steady)
