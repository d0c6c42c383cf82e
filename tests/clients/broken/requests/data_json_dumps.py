"""It sends `data=json.dumps(body)`, for which `requests` names no type: the JSON arrives as nothing
in particular."""

from __future__ import annotations

import json
from typing import Any

from tests.clients.honest.exchange import Answer
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Untyped(OxenPolling):
    def send(self, method: str, url: str, **given: Any) -> Answer:
        if "json" in given:
            given["data"] = json.dumps(given.pop("json"))
        return super().send(method, url, **given)


order = ordering(Untyped)
