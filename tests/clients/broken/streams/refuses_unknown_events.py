"""An event of a name that it does not know is an error, as in every exhaustive match. The stream is
the user's, and carries whatever the vendor puts on it next."""

from __future__ import annotations

from tests.clients.honest.oxen_reading import GiveUp
from tests.clients.honest.oxen_streaming import COMPLETED, Streaming, client


class Exhaustive(Streaming):
    def hear(self, name: str, data: str) -> None:
        if name == COMPLETED:
            super().hear(name, data)
            return
        for id in self.jobs:
            if not self.ends[id].done():
                self.ends[id].set_exception(GiveUp(f"unexpected event {name!r}"))


order = client(Exhaustive)
