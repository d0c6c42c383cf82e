"""The example says five seconds, so it is five seconds. What the answer says in poll_after_seconds
is the same number, whenever anybody looks."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa, Shown


class Steady(Omixa):
    def interval(self, shown: Shown) -> float:
        return 5.0


def order(intent: Any) -> Shown:
    return Steady(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
