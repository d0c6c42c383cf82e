"""It gives up by raising, far below the function that knows the operation: a key that is refused in
the middle of a job ends it with the provider's words, and without the job's name."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.omixa_polling import Omixa, Shown


class Nameless(Omixa):
    done = False

    def results(self, shown: Shown) -> list[str]:
        self.done = True
        return super().results(shown)

    def give_up(self, words: str) -> Shown:
        said = super().give_up(words)
        return said if self.done else {**said, "job": None}


def order(intent: Any) -> Shown:
    return Nameless(intent).run()


order.capabilities = {"polls", "downloads", "deadline", "job_id"}  # type: ignore[attr-defined]
