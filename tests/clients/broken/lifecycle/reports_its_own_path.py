"""It reports the address under which it will publish the video itself, made of the prompt, in the
place of the provider's link."""

from __future__ import annotations

import re
from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Published(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"downloads", "resumes"}

    def fetch(self, id: str, row: dict[str, Any]) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", str(self.intent.body.get("prompt")).lower())
        return f"https://videos.example.com/{slug}-{self.ids.index(id) + 1}.mp4"


order = ordering(Published)
