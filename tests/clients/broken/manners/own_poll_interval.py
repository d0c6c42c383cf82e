"""It polls every two seconds, as the request's own `poll_interval_seconds` was set in the sample,
and never reads what the answer asks for."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa
from tests.clients.honest.omixa_polling import order as honest


class Own(Omixa):
    def interval(self, shown: dict[str, Any]) -> float:
        return float(self.intent.body.get("poll_interval_seconds") or 2)


def order(intent: Any) -> dict[str, Any]:
    return Own(intent).run()


order.capabilities = honest.capabilities  # type: ignore[attr-defined]
