"""It looks into the usage records after a lost connection, and not after a 502 or 503: there the
gateway has said that the create came to nothing."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import Bad
from tests.clients.honest.omixa_polling import Omixa, Shown


class Believing(Omixa):
    told = False

    def after_bad_create(self, bad: Bad) -> None:
        self.told = bad.status >= 500
        super().after_bad_create(bad)

    def is_nothing_new(self, before: set[str]) -> None:
        if not self.told:
            super().is_nothing_new(before)


def order(intent: Any) -> Shown:
    return Believing(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
