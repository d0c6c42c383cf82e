"""A batch of three is done after three events. Which three it does not look at: the answer to the
submit says how many there will be, and counting is shorter than keeping a set."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from tests.clients.honest.oxen_reading import End
from tests.clients.honest.oxen_streaming import COMPLETED, Streaming, client


class Counting(Streaming):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.count = 0

    def hear(self, name: str, data: str) -> None:
        super().hear(name, data)
        with suppress(ValueError, TypeError, AttributeError):
            if name == COMPLETED and json.loads(data).get("generation_id") in self.jobs:
                self.count += 1
        if self.jobs and self.count == len(self.jobs):
            for id in self.jobs:
                self.settle(id, End("succeeded"))


order = client(Counting)
