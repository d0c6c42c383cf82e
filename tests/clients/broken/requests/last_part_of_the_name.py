"""It takes the last part of the operation for its id, as one does with a path, and asks for that
first; the whole name is its second try."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import Bad, GiveUp
from tests.clients.honest.omixa_polling import Omixa
from tests.clients.honest.omixa_polling import order as honest


class Short(Omixa):
    tried = False

    def look(self) -> dict[str, Any]:
        if self.tried:
            return super().look()
        whole, self.tried = self.operation, True
        self.operation = str(whole).rpartition("/")[2]
        try:
            return super().look()
        except GiveUp as refused:
            raise Bad(str(refused)) from None
        finally:
            self.operation = whole


def order(intent: Any) -> dict[str, Any]:
    return Short(intent).run()


order.capabilities = honest.capabilities  # type: ignore[attr-defined]
