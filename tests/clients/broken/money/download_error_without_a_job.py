"""A download that breaks is an error of its own, which knows the link and the reason, and not the
job: the function that raises it was never given the id."""

from __future__ import annotations

from tests.clients.honest.oxen_reading import GiveUp, Trouble
from tests.clients.honest.oxen_streaming import Streaming, client


class Downloading(Streaming):
    async def download(self, url: str) -> bytes:
        try:
            return await super().download(url)
        except Trouble as trouble:
            if trouble.status:
                raise
            self.jobs = ()
            raise GiveUp(f"{url} could not be fetched: {trouble}") from None


order = client(Downloading)
