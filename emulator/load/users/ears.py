"""One user's event stream: opened before it submits, read on the side, and opened again."""

from __future__ import annotations

import time
from collections import OrderedDict
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import gevent
from gevent.event import Event

from emulator.load.events import ended, frames

KEPT = 10_000
"""Ends that are remembered: they are told to everybody who listens, whosever they are."""
PAUSE = 1.0
SILENCE = 120.0
"""Seconds without a byte until a stream is taken for dead."""


class Ears:
    """Listens for one user. `opened` says that it is listening; `ends` what it has heard."""

    def __init__(self, url: str, key: str, events: Any) -> None:
        self._place, self._key, self._events = urlsplit(url), key, events
        self.opened, self._heard = Event(), Event()
        self.ends: OrderedDict[str, str] = OrderedDict()
        self._greenlet = gevent.spawn(self._listen)

    def wait(self, id: str, seconds: float) -> str:
        """The word for how a job ended, once its event comes; empty if it does not in that time."""
        until = time.monotonic() + seconds
        while id not in self.ends and (left := until - time.monotonic()) > 0:
            self._heard.clear()
            self._heard.wait(left)
        return self.ends.get(id, "")

    def close(self) -> None:
        """Listen no longer."""
        self._greenlet.kill(block=False)

    def _listen(self) -> None:
        while True:
            connection = HTTPConnection(
                self._place.hostname or "", self._place.port, timeout=SILENCE
            )
            try:
                self._read(self._open(connection))
            except (OSError, HTTPException):
                pass
            finally:
                self.opened.clear()
                connection.close()
            gevent.sleep(PAUSE)

    def _open(self, connection: HTTPConnection) -> HTTPResponse:
        """The head of the stream; in the statistics it counts as a call of its own."""
        began, clock = time.time(), time.perf_counter()
        failed: Exception | None = None
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Accept": "text/event-stream"}
            connection.request("GET", "/api/events", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise HTTPException(f"status {response.status}")
        except (OSError, HTTPException) as error:
            failed = error
            raise
        finally:
            self._events.request.fire(
                request_type="GET",
                name="oxen events",
                response_time=(time.perf_counter() - clock) * 1000,
                response_length=0,
                response=None,
                context={},
                exception=failed,
                start_time=began,
                url="/api/events",
            )
        return response

    def _read(self, response: HTTPResponse) -> None:
        self.opened.set()
        for name, data in frames(iter(response.readline, b"")):
            if (end := ended(name, data)) is None:
                continue
            id, word = end
            self.ends[id] = word
            if len(self.ends) > KEPT:
                self.ends.popitem(last=False)
            self._heard.set()
