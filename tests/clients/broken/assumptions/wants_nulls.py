"""It reads `error_message` of every row by its key, since every row that it has seen had one, null
or not. The vendor's OpenAPI does not require it."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Indexing(OxenPolling):
    def look(self, id: str) -> dict[str, Any]:
        row = super().look(id)
        try:
            row["error_message"], row["result_url"]
        except KeyError as error:
            raise Trouble(f"the row has no {error}") from None
        return row


order = ordering(Indexing)
