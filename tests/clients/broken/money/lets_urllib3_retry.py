"""A Retry on the adapter, with allowed_methods=None because "it did not retry my POST" has that for
an answer. Whatever breaks or takes too long is sent again, three times."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from tests.clients.honest.exchange import Answer, exchange, session
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Adapted(OxenPolling):
    def __init__(self, intent: Any) -> None:
        super().__init__(intent)
        retry = Retry(
            total=3,
            backoff_factor=2,
            allowed_methods=None,
            respect_retry_after_header=False,
        )
        self.submits = session()
        self.submits.mount(intent.base_url, HTTPAdapter(max_retries=retry))

    def send(self, method: str, url: str, **given: Any) -> Answer:
        if method == "POST":
            return exchange(self.submits, method, url, limit=15, **given)
        return super().send(method, url, **given)


order = ordering(Adapted)
