"""A retry decorator around the function that orders a video and waits for it: "three attempts"
reads well, and each of them begins with a submit."""

from __future__ import annotations

import time
from typing import Any

from tests.clients.honest.exchange import GiveUp, Refused
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Attempts(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"resumes"}

    def named(self) -> str | None:
        return ",".join(dict.fromkeys([*self.before, *self.ids])) or None

    def follow(self) -> dict[str, Any]:
        for _ in range(2):
            try:
                return super().follow()
            except (GiveUp, Refused):
                if time.monotonic() > self.end - 120:
                    raise
                self.before += self.ids
                self.ids = self.submit()
                self.live |= set(self.ids)
        return super().follow()


order = ordering(Attempts)
