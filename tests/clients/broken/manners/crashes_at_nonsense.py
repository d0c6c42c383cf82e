"""Its submit reads Retry-After as a number or as a date, as there are only the two: a gateway that
writes anything else ends it with a ValueError."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Sure(OxenPolling):
    def pause(self, what: str, trouble: Trouble) -> None:
        if what == "submit" and trouble.told:
            self.wait(self.seconds(trouble.told))
        super().pause(what, trouble)

    def seconds(self, header: str) -> float:
        if header.replace(".", "", 1).isdigit():
            return float(header)
        when = parsedate_to_datetime(header).replace(tzinfo=UTC)
        return max((when - datetime.now(UTC)).total_seconds(), 0.0)


order = ordering(Sure)
