"""A video takes half a minute, as the first few did; one that runs for longer must be stuck, and is
ordered again. Slow days cost double."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa, Shown


class Impatient(Omixa):
    polls = 0
    first: str | None = None

    def run(self) -> Shown:
        said = super().run()
        return {**said, "job": ",".join(filter(None, (self.first, said["job"]))) or None}

    def look(self) -> Shown:
        self.polls += 1
        if self.polls == 6:
            self.first = self.operation
            return self.submit(self.patiently(self.records))
        return super().look()


def order(intent: Any) -> Shown:
    return Impatient(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
