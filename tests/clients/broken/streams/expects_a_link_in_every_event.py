"""The event is called completed, so it has a link. That it also tells failures, without one, shows
only once a job fails."""

from __future__ import annotations

import json
from contextlib import suppress

from tests.clients.honest.oxen_reading import End, GiveUp
from tests.clients.honest.oxen_streaming import COMPLETED, Streaming, client


class Completed(Streaming):
    def hear(self, name: str, data: str) -> None:
        if name != COMPLETED:
            return
        with suppress(ValueError, TypeError):
            event = json.loads(data)
            id = event.get("generation_id")
            if id not in self.jobs or self.ends[id].done():
                return
            try:
                self.settle(id, End("succeeded", url=event["url"], media=event["media_type"]))
            except KeyError as error:
                self.ends[id].set_exception(GiveUp(f"the event has no {error}"))


order = client(Completed)
