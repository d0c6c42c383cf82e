"""The kinds of users: those who poll, those who listen, and those who block."""

from __future__ import annotations

import time
from typing import Any

from locust import task

from emulator.load.tally import OVERDUE, Kind
from emulator.load.users.caller import PAUSE, Caller
from emulator.load.users.drive import DRIVE
from emulator.load.users.ears import Ears

BETWEEN = 6
"""Intervals of polling without an event after which one who listens looks for itself."""


class Polling(Caller):
    """Submits, and polls until the end."""

    abstract = True

    @task
    def intent(self) -> None:
        """One video."""
        if (made := self.order()) is not None:
            prompt, heard = made
            self.follow(prompt, self.api.made(heard.said), time.monotonic())


class Streaming(Caller):
    """Listens first, submits, and waits for the event; if it does not come, it looks."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.ears: Ears | None = None

    def on_start(self) -> None:
        """Open the stream."""
        self.ears = Ears(self.host or "", self.key, self.environment.events)

    def on_stop(self) -> None:
        """Close it."""
        if self.ears is not None:
            self.ears.close()

    @task
    def intent(self) -> None:
        """One video."""
        assert self.ears is not None
        if not self.ears.opened.wait(PAUSE) or (made := self.order()) is None:
            return
        prompt, heard = made
        id, settings, since = self.api.made(heard.said), DRIVE.settings, time.monotonic()
        while time.monotonic() - since < settings.deadline:
            if word := self.ears.wait(id, BETWEEN * settings.poll):
                DRIVE.note(Kind.ENDED, prompt, id, word)
                if settings.download:
                    self.download(self.call(self.api.look(id)))
                return
            if self.over(prompt, id, self.call(self.api.look(id))):
                # It may have ended this instant: its event gets a moment to arrive.
                if not self.ears.wait(id, PAUSE):
                    DRIVE.note(Kind.UNHEARD, prompt, id)
                return
        DRIVE.note(Kind.ENDED, prompt, id, OVERDUE)


class Sync(Caller):
    """Blocks until the video is there, and polls on if the answer comes sooner."""

    abstract = True
    blocks = True

    @task
    def intent(self) -> None:
        """One video."""
        since = time.monotonic()
        if (made := self.order(sync=True)) is None:
            return
        prompt, heard = made
        id = self.api.made(heard.said)
        if not self.over(prompt, id, heard):
            self.follow(prompt, id, since)
