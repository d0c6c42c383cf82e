"""It submits once for each video that is wanted, in a loop from before there were batches; the body
has learned to say num_generations since, and nobody took the loop out."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Looping(OxenPolling):
    def submit(self) -> list[str]:
        ids: list[str] = []
        for _ in range(self.wanted):
            ids += super().submit()
            self.before += ids
            self.ids, self.live = ids, set(ids)
            self.wait(1)
        return ids


order = ordering(Looping)
