"""It reports the first result of a batch: the caller wanted one link, and whoever wrote it never
asked for more than one video."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class First(OxenPolling):
    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        return super().report(ends[:1])


order = ordering(First)
