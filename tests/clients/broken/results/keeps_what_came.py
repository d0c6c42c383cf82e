"""It writes a download to disk piece by piece, and takes the end of the pieces for the end of the
file, however the connection ended."""

from __future__ import annotations

from typing import Any

import requests

from tests.clients.honest.exchange import Answer, Trouble
from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Partial(OxenPolling):
    def download(self, url: str) -> Answer:
        pieces, self.broken = bytearray(), False
        try:
            with self.session.get(url, timeout=self.TIMEOUT, stream=True) as answer:
                try:
                    for piece in answer.iter_content(256):
                        pieces += piece
                        self.wait(0)
                except requests.RequestException:
                    self.broken = True
        except requests.RequestException as error:
            raise Trouble(str(error)) from None
        return Answer(answer.status_code, answer.headers, bytes(pieces))

    def check(self, row: dict[str, Any], file: Answer) -> None:
        if not self.broken or file.status != 200 or not file.content:
            super().check(row, file)


order = ordering(Partial)
