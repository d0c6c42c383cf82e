"""It adds a few words to every prompt that made a video better once; the caller compares prompts
and seeds, and finds that neither says what was made."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Improving(OxenPolling):
    def body(self) -> dict[str, Any]:
        body = super().body()
        return {**body, "prompt": f"{body.get('prompt', '')}, cinematic, highly detailed"}


order = ordering(Improving)
