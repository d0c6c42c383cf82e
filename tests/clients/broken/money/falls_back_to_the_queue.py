"""The blocking endpoint is simpler, so it comes first; when it has not answered within thirty
seconds the queue takes over. The first video is being made by then."""

from __future__ import annotations

from tests.clients.honest import oxen_reading as reading
from tests.clients.honest.oxen_reading import End, Trouble
from tests.clients.honest.oxen_sync import Sync, client


class FallingBack(Sync):
    BLOCKED = 30.0

    def generate(self) -> End:
        try:
            return super().generate()
        except Trouble as trouble:
            if not trouble.open or trouble.status:
                raise
        ids = reading.ids(self.call("POST", "/api/ai/queue", dict(self.intent.body)))
        if not ids:
            raise Trouble("the queue answered without an id", 200, open=True)
        self.job = ids[0]
        return self.follow(self.job)


order = client(FallingBack)
