"""A result is a link, and a link begins with http: so do all examples. Other gateways give the
video itself, in a data URL, and no document says that this one does not."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_answers import GiveUp
from tests.clients.honest.omixa_polling import Omixa, Shown


class Linked(Omixa):
    def fetch(self, url: str) -> None:
        if not url.startswith("http"):
            raise GiveUp(f"this is no link: {url[:40]}")
        super().fetch(url)


def order(intent: Any) -> Shown:
    return Linked(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
