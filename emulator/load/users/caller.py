"""What every kind of user does: submit, follow to the end, and say what was seen."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import gevent
from locust import FastHttpUser, constant

from emulator.load.dialects import DIALECTS, Ask, job_in
from emulator.load.tally import GONE, OVERDUE, Kind
from emulator.load.users.drive import DRIVE
from emulator.server.hosts import loopback

AGAIN = 3
"""How often a naive user asks again when a submit was not answered."""
MISSES = 5
"""Polls in a row that know no such job, until a user believes it."""
PAUSE = 1.0
"""Seconds that a user rests when it was refused or found nobody."""
PATIENCE = 30.0
"""Seconds that a user waits for an answer that does not block on purpose."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: its status, zero if there was none, and its JSON."""

    status: int
    said: Any = None

    @property
    def good(self) -> bool:
        """Whether it was answered as asked."""
        return 200 <= self.status < 300 and self.said is not None


class Caller(FastHttpUser):
    """A user of the provider that the settings name."""

    abstract = True
    wait_time = constant(0)
    # A redirect may lead off this machine; what is not asked for is not followed.
    max_redirects = 0
    concurrency = 2
    blocks = False

    def __init__(self, environment: Any) -> None:
        settings = DRIVE.settings
        self.host = settings.url
        self.connection_timeout = PATIENCE
        self.network_timeout = settings.deadline if self.blocks else PATIENCE
        self.api = DIALECTS[settings.provider]
        self.key = settings.key
        super().__init__(environment)

    def order(self, *, sync: bool = False) -> tuple[str, Heard] | None:
        """Make one request; its prompt and the answer that acknowledged it, or None."""
        settings, prompt = DRIVE.settings, DRIVE.prompt()
        body = {**(settings.body or self.api.sample), "prompt": prompt}
        ask = self.api.sync(body) if sync else self.api.submit(body)
        for _ in range(1 + (AGAIN if settings.retry_lost else 0)):
            DRIVE.note(Kind.TRIED, prompt)
            heard = self.call(ask)
            if heard.good and self._made(prompt, heard):
                return prompt, heard
            # A sync call that fails may have made a job that failed.
            if 300 <= heard.status < 500 and not sync:
                DRIVE.note(Kind.REFUSED, prompt, word=str(heard.status))
                break
        gevent.sleep(PAUSE)
        return None

    def _made(self, prompt: str, heard: Heard) -> bool:
        try:
            id = self.api.made(heard.said)
        except ValueError:
            return False
        links = self.api.links(heard.said)
        DRIVE.note(Kind.MADE, prompt, id, job_in(links[0]) if links and not id else "")
        return True

    def follow(self, prompt: str, id: str, since: float) -> None:
        """Poll at the provider's interval until the end, or until the stated time is over."""
        misses = 0
        while time.monotonic() - since < DRIVE.settings.deadline:
            heard = self.call(self.api.look(id))
            misses = misses + 1 if heard.status == 404 else 0
            if misses >= MISSES:
                DRIVE.note(Kind.ENDED, prompt, id, GONE)
                return
            if self.over(prompt, id, heard):
                return
            gevent.sleep(DRIVE.settings.poll)
        DRIVE.note(Kind.ENDED, prompt, id, OVERDUE)

    def over(self, prompt: str, id: str, heard: Heard) -> bool:
        """Whether an answer says that the job has ended; then that is noted."""
        word = self.api.end(heard.said) if heard.good else ""
        if not word:
            return False
        DRIVE.note(Kind.ENDED, prompt, id, word)
        if DRIVE.settings.download:
            self.download(heard)
        return True

    def download(self, heard: Heard) -> None:
        """Fetch every result that lies on this machine."""
        for link in self.api.links(heard.said):
            if _near(link):
                self.fetch("download", "GET", link)

    def call(self, ask: Ask) -> Heard:
        """Make a call; in the statistics it bears the operation's name."""
        return self.fetch(ask.operation, ask.method, ask.path, ask.body, read=True)

    def fetch(
        self,
        operation: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        read: bool = False,
    ) -> Heard:
        """Send it; `read` wants an object of JSON back, and anything else is a failure."""
        with self.client.request(
            method,
            path,
            name=f"{self.api.name} {operation}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            catch_response=True,
        ) as response:
            status, broken = int(response.status_code), response.request_meta["exception"]
            if status and not 200 <= status < 300:
                response.failure(f"status {status}")
                return Heard(status)
            if broken:
                response.failure(f"no whole answer: {type(broken).__name__}")
                return Heard(0)
            if not read:
                return Heard(status)
            try:
                return Heard(status, json.loads(response.content or b""))
            except ValueError:
                response.failure("the answer is no JSON")
        return Heard(0)


def _near(link: str) -> bool:
    return loopback(urlsplit(link).hostname or "")
