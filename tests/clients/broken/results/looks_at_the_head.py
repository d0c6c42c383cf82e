"""It sees with a HEAD that the link works, and leaves it at that: the file is to be fetched later
by somebody else, when the link has expired."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import requests

from tests.clients.honest.exchange import Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Glancing(OxenPolling):
    def fetch(self, id: str, row: dict[str, Any]) -> str:
        told = None
        with suppress(requests.RequestException):
            answer = self.session.head(row["result_url"], timeout=self.TIMEOUT)
            if answer.ok:
                return row["result_url"]
            told = answer.headers.get("Retry-After")
        self.pause("download", Trouble("the link does not work", told=told))
        return super().fetch(id, row)


order = ordering(Glancing)
