"""It leaves a mark before it submits and, started again, takes the mark for a job that another has
in hand: killed in between, nobody has."""

from __future__ import annotations

from tests.clients.honest.exchange import GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Locked(OxenPolling):
    def begin(self) -> list[str]:
        known = self.load()
        if "before" in known and not known.get("ids"):
            raise GiveUp("this order has been begun already")
        return super().begin()


order = ordering(Locked)
