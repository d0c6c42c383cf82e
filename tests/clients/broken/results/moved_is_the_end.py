"""It follows no redirect, as it should not where it sends its key, and forgets that results are
fetched without one: a file that has moved is a failure to it."""

from __future__ import annotations

from tests.clients.honest.exchange import Answer, GiveUp
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Unfollowing(OxenPolling):
    def download(self, url: str) -> Answer:
        answer = self.send("GET", url, allow_redirects=False)
        if 300 <= answer.status < 400:
            raise GiveUp(f"the download answered {answer.status}")
        return answer


order = ordering(Unfollowing)
