"""Its backoff is `factor * 2 ** (n - 1)` seconds, except for the first retry, which has none: as
urllib3 long did it."""

from __future__ import annotations

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Hasty(OxenPolling):
    def pause(self, what: str, trouble: Trouble) -> None:
        self.failures[what] += 1
        failures = self.failures[what]
        own = 0.0 if failures == 1 else min(3.0 * 2 ** (failures - 1), self.LONGEST)
        self.wait(max(own, self.told(trouble.told)))


order = ordering(Hasty)
