"""It takes a job that is still queued when it starts again for one that was lost with the old
process, and puts the order in once more."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Over(OxenPolling):
    def begin(self) -> list[str]:
        again = self.load().get("ids")
        ids = super().begin()
        if again and self.insist("poll", self.look, ids[0])["status"] == "queued":
            ids = self.submit()
            self.save(ids)
        self.wait(self.EVERY if again else 0)
        return ids


order = ordering(Over)
