"""A file that is no video ends it with an exception, and what the outermost `except` reports is the
exception's text. The operation stays in a variable that is gone."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import Bad, GiveUp
from tests.clients.honest.omixa_polling import Omixa, Shown


class Raising(Omixa):
    def fetch(self, url: str) -> None:
        try:
            super().fetch(url)
        except Bad as bad:
            if "no whole video" not in str(bad):
                raise
            self.operation = None
            raise GiveUp(str(bad)) from None


def order(intent: Any) -> Shown:
    return Raising(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
