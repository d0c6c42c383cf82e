"""It puts the key into the session's headers, and fetches the result over the same session: whoever
serves the file gets to read the key."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Generous(OxenPolling):
    def __init__(self, intent: Any) -> None:
        super().__init__(intent)
        self.session.headers["Authorization"] = f"Bearer {intent.api_key}"


order = ordering(Generous)
