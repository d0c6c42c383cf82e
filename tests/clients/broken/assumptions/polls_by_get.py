"""No document says how Omixa's status is asked for. GET worked when it was tried, so GET it is, and
405 is the end."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import Bad, GiveUp
from tests.clients.honest.omixa_polling import Omixa, Shown


class Getting(Omixa):
    def look(self) -> Shown:
        self.method = "GET"
        try:
            return super().look()
        except Bad as bad:
            if bad.status == 405:
                raise GiveUp(str(bad)) from None
            raise


def order(intent: Any) -> Shown:
    return Getting(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
