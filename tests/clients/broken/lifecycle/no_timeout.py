"""Its look at what was bought before was added later, with a `requests.get` of its own: one without
a timeout, whose default is to wait for ever."""

from __future__ import annotations

from typing import Any

import requests

from tests.clients.honest.exchange import Answer, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Patient(OxenPolling):
    def send(self, method: str, url: str, **given: Any) -> Answer:
        if "/api/ai/generations" not in url:
            return super().send(method, url, **given)
        try:
            answer = requests.get(url, **given)
        except requests.RequestException as error:
            raise Trouble(str(error)) from None
        return Answer(answer.status_code, answer.headers, answer.content)


order = ordering(Patient)
