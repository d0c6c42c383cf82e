"""It retries a submit on whatever is not a 200, as a decorator around it does that knows no
difference between a busy provider and an empty account."""

from __future__ import annotations

from tests.clients.honest.exchange import Refused, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Stubborn(OxenPolling):
    def enqueue(self) -> list[str]:
        try:
            return super().enqueue()
        except Refused as no:
            raise Trouble(str(no)) from None


order = ordering(Stubborn)
