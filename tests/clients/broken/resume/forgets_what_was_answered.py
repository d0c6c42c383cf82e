"""It clears its mark once the submit is answered, and keeps the id in memory until the order is
done: killed while it polls, it starts again with nothing, and buys again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Forgetting(OxenPolling):
    def save(self, ids: list[str] | None = None) -> None:
        if ids is None:
            super().save()
        elif path := os.environ.get("UNDERSTUDY_STATE_FILE"):
            Path(path).unlink()

    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        super().save(self.ids)
        return super().report(ends)


order = ordering(Forgetting)
