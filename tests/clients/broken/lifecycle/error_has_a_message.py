"""It takes every refusal for `{"error": {"message": ...}}`, which is only one of the two forms
documented, and crashes where it wanted to tell why."""

from __future__ import annotations

import json

from tests.clients.honest.exchange import GiveUp, Refused
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Message(OxenPolling):
    def enqueue(self) -> list[str]:
        try:
            return super().enqueue()
        except Refused as no:
            raise GiveUp(json.loads(no.words)["error"]["message"]) from None


order = ordering(Message)
