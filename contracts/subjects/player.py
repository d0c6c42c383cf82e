"""Plays one trial after the other: with a program started for each, or with one that stays up."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.intents import Intent
from contracts.subjects.answers import Answer, answer, broken, crashed, parting
from contracts.subjects.command import environment, filled
from contracts.subjects.disguise import Way
from contracts.subjects.pattern import Pattern
from contracts.subjects.process import MEMORY, Heard, Process
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Parting

GRACE = 30.0
"""Seconds that a program has beyond its deadline, to start and to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is run, and how: whether it stays up, a pattern that finds the result in the output of
    one that prints no outcome, seconds beyond the deadline, and bytes of memory."""

    command: tuple[str, ...]
    worker: bool = False
    pattern: Pattern | None = None
    grace: float = GRACE
    memory: int = MEMORY


class Player:
    """One trial at a time. While it goes on, any thread may kill what runs, or close it all.

    `parting` is how the program ended that was played last.
    """

    def __init__(self, terms: Terms) -> None:
        self.parting: Parting | None = None
        self._terms = terms
        self._lock = threading.Lock()
        self._closed = False
        self._process: Process | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-")
        self._state = Path(self._folder.name, "trial", "state")

    def ready(self) -> None:
        """Begin a trial: nothing is left in the state's folder, whose path stays the same."""
        shutil.rmtree(self._state.parent, ignore_errors=True)
        self._state.parent.mkdir()

    def play(self, intent: Intent, way: Way) -> Answer:
        """What the program says of the intent, which finds the emulator in this way. Played again
        in the same trial it finds its state.

        Raises BadSubject if there is no such program, and once this is closed.
        """
        self.parting = None
        try:
            said = self._ask(intent) if self._terms.worker else self._run(intent, way)
        except BadSubject:
            raise
        except (ValueError, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.E2BIG:
                raise
            return broken(Ill.UNFIT, f"the system cannot pass its arguments on: {error}")
        if self._closed:
            raise BadSubject("it was closed while it played")
        return said

    def kill(self) -> None:
        """Kill what runs, at once."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Play no more. Who plays just now does away with what was killed."""
        with self._lock:
            self._closed = True
        self.kill()

    def end(self) -> None:
        """Leave nothing behind. Nobody plays any more."""
        self.close()
        self._stop()
        self._folder.cleanup()

    def _run(self, intent: Intent, way: Way) -> Answer:
        """A program for this intent alone."""
        terms = self._terms
        env = {**environment(self._state, intent), **way.more}
        command = way.command(filled(terms.command, intent))
        try:
            process = self._start(command, env)
            heard = process.run(_line(intent.line()), self._seconds(intent))
            self.parting = parting(heard)
            return answer(heard, terms.pattern)
        finally:
            self._stop()

    def _ask(self, intent: Intent) -> Answer:
        """The program that stays up; another one where it does not."""
        line = _line({**intent.line(), "state_file": str(self._state)})
        used = self._process is not None and self._process.waits()
        heard = self._hear(line, intent, afresh=not used)
        if used and heard.ended and not heard.took:
            # It had ended by itself after its last answer, and never saw this line.
            heard = self._hear(line, intent, afresh=True)
        self.parting = parting(heard)
        said = answer(heard)
        if heard.ended and not heard.out.strip() and heard.trouble is None:
            said = crashed(heard)
        if heard.ended or said[1] is not None:
            self._stop()
        return said

    def _hear(self, line: bytes, intent: Intent, *, afresh: bool) -> Heard:
        if afresh:
            self._stop()
            self._start(self._terms.command, environment(self._state))
        assert self._process is not None
        return self._process.ask(line, self._seconds(intent))

    def _start(self, command: Sequence[str], env: Mapping[str, str]) -> Process:
        with self._lock:
            if self._closed:
                raise BadSubject("it was closed while it played")
            self._process = Process(command, env, memory=self._terms.memory)
            return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def _seconds(self, intent: Intent) -> float:
        return intent.deadline_s + self._terms.grace


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data).encode() + b"\n"
