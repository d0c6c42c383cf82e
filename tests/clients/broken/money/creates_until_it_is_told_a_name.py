"""It creates until the answer names an operation, because without one there is nothing to poll.
Each of those answers was a video."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import Bad
from tests.clients.honest.omixa_polling import Omixa, Shown


class Insisting(Omixa):
    accepted = False

    def after_bad_create(self, bad: Bad) -> None:
        self.accepted = 200 <= bad.status < 300 and not bad.late
        if not self.accepted:
            super().after_bad_create(bad)

    def is_nothing_new(self, before: set[str]) -> None:
        if not self.accepted:
            super().is_nothing_new(before)


def order(intent: Any) -> Shown:
    return Insisting(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
