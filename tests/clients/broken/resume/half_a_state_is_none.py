"""It believes a saved state only if it names the operation, and takes the mark that it left before
the create for the rubble of a crash: it begins anew, without a look."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa
from tests.clients.honest.omixa_polling import order as honest


class Whole(Omixa):
    def load(self) -> dict[str, Any]:
        known = super().load()
        return known if "operation" in known else {}


def order(intent: Any) -> dict[str, Any]:
    return Whole(intent).run()


order.capabilities = honest.capabilities  # type: ignore[attr-defined]
