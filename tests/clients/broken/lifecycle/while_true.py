"""It polls in a `while True` and never looks at the clock: a job that sticks in processing keeps it
for ever. Only an absurd pause is more than it waits."""

from __future__ import annotations

import time

from tests.clients.honest.exchange import GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Forever(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"job_id"}
    LONGEST = 30.0
    ABSURD = 3600.0

    def wait(self, seconds: float) -> None:
        if seconds > self.ABSURD:
            raise GiveUp(f"nobody waits for {seconds:.0f} s")
        time.sleep(seconds)


order = ordering(Forever)
