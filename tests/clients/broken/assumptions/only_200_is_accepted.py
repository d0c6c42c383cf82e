"""A create is accepted with 200, or else it was not, and is sent again. No document names the
status of an accepted create; 201 and 202 are as likely as 200 is."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa, Shown


class Exact(Omixa):
    status = 0

    def whole(self, answer: Any, end: float) -> bytes:
        self.status = answer.status
        return super().whole(answer, end)

    def create(self) -> Shown:
        shown = super().create()
        if self.status == 200:
            return shown
        self.pause(5)
        return super().create()


def order(intent: Any) -> Shown:
    return Exact(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
