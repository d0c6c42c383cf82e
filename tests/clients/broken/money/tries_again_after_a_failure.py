"""A failed video is worth a second try, so it gets one. What a filter blocked is blocked again, and
what was not asked for is paid for."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Hopeful(OxenPolling):
    again = True

    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        said = super().report(ends)
        if said["outcome"] != "failed" or not self.again:
            return said
        self.again = False
        self.before += self.ids
        self.ids = self.submit()
        self.live = set(self.ids)
        self.save(self.ids)
        return self.follow()


order = ordering(Hopeful)
