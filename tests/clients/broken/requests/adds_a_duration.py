"""It fills in a default of its own for what the caller left out: the longest duration, which is the
dearest too."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Generous(OxenPolling):
    DEFAULTS: ClassVar = {"duration": "8s", "resolution": "720p"}

    def body(self) -> dict[str, Any]:
        return {**self.DEFAULTS, **super().body()}


order = ordering(Generous)
