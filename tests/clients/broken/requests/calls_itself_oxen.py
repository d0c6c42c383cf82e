"""It calls itself after the service that it calls, and the hub takes it for an old version of its
own command line."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Namesake(OxenPolling):
    def __init__(self, intent: Any) -> None:
        super().__init__(intent)
        self.session.headers["User-Agent"] = "oxen-video-client/1.0"


order = ordering(Namesake)
