"""It polls sixty times and then says that the job timed out: five minutes seemed long when it was
written, and the caller's deadline came later."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.exchange import GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Sixty(OxenPolling):
    CAPABILITIES = OxenPolling.CAPABILITIES - {"cancels"}
    ATTEMPTS = 60

    def follow(self) -> dict[str, Any]:
        self.attempts = 0
        return super().follow()

    def interval(self) -> float:
        self.attempts += 1
        if self.attempts >= self.ATTEMPTS:
            self.live.clear()
            raise GiveUp(f"timed out after {self.ATTEMPTS} attempts")
        return super().interval()


order = ordering(Sixty)
