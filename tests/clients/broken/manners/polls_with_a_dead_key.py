"""It polls on whatever the poll says, `if answer.ok` being its only question: with a key that was
revoked it asks until the deadline."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Refused, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Deaf(OxenPolling):
    def look(self, id: str) -> dict[str, Any]:
        try:
            return super().look(id)
        except Refused as no:
            if no.status == 404:
                raise
            raise Trouble(str(no)) from None


order = ordering(Deaf)
