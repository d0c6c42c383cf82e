"""What all users of one process share: the settings, the next prompt, and the notes they leave."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import count

from emulator.load.settings import VARIABLE, load
from emulator.load.tally import Kind


class Drive:
    """One for each process. `name` tells the workers of a run apart."""

    def __init__(self) -> None:
        self.settings = self.own = load(os.environ[VARIABLE])
        self.name = "0"
        self._numbers = count(1)
        self._notes: list[list[str]] = []

    def adopt(self, text: str) -> None:
        """Do as the master says, but against this machine's own address."""
        self.settings = replace(load(text), url=self.own.url, out="")

    def prompt(self) -> str:
        """A prompt that nobody else has."""
        number = next(self._numbers)
        return f"A slow pan over a foggy lake, take {self.settings.run}/{self.name}/{number}"

    def note(self, kind: Kind, prompt: str, id: str = "", word: str = "") -> None:
        """Keep what was seen."""
        self._notes.append([kind.value, prompt, id, word])

    def drain(self) -> list[list[str]]:
        """The notes since the last time."""
        notes, self._notes = self._notes, []
        return notes


DRIVE = Drive()
