"""A pattern that finds the result in what a program prints, within a time that is bounded."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.subjects.process import Heard, Process
from contracts.subjects.subject import BadSubject

GROUPS = ("url", "job", "reason")
"""What a pattern can find."""

SECONDS = 5.0
"""Seconds of the processor's that a pattern may take for all that one program has printed."""

PATIENCE = 120.0
"""Seconds of the machine's, however busy it is."""

SEEKER = Path(__file__).with_name("seek.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whether the pattern was in the output at all, and what its groups found."""

    made: bool
    urls: list[str]
    job: str | None
    reason: str | None


class Pattern:
    """A regular expression. It is matched in a process of its own, one output after the other.

    Any thread may close it. Raises BadSubject if it is none, or finds no result.
    """

    def __init__(self, text: str, *, seconds: float = SECONDS) -> None:
        _check(text)
        self.text = text
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: Process | None = None
        self._closed = False

    def find(self, out: str, err: str) -> Found:
        """What it finds in an output and in errors; BadSubject if that takes too long."""
        asked = {"pattern": self.text, "out": out, "err": err, "seconds": self._seconds}
        with self._turn:
            heard = self._ask(json.dumps(asked).encode() + b"\n")
            if not heard.ended and heard.trouble is None:
                return _found(json.loads(heard.out), {"out": out, "err": err})
            self._stop()
        if self._closed:
            raise BadSubject("it was closed while it played")
        raise BadSubject(f"the pattern '{self.text}' {self._why(heard, len(out) + len(err))}")

    def close(self) -> None:
        """Find nothing more."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        with self._turn:
            self._stop()

    def _ask(self, line: bytes) -> Heard:
        if self._closed:
            raise BadSubject("it was closed while it played")
        if self._process is None:
            command = (sys.executable, "-I", "-S", str(SEEKER))
            self._process = Process(command, dict(os.environ))
        return self._process.ask(line, PATIENCE)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def _why(self, heard: Heard, size: int) -> str:
        if heard.code == -signal.SIGVTALRM:
            return (
                f"takes too long: in {self._seconds:g} s it was not through the {size} characters"
                " that the program printed; a repetition within a repetition, such as (a+)+, does"
                " that"
            )
        words = heard.err.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"cannot be matched: {heard.trouble.text if heard.trouble else words}"


def _found(said: Mapping[str, Any], texts: Mapping[str, str]) -> Found:
    """What stands where the answer says that it does."""

    def text(place: Sequence[Any] | None) -> str | None:
        return None if place is None else texts[place[0]][place[1] : place[2]]

    return Found(
        made=said["made"],
        urls=[url for place in said["urls"] if (url := text(place))],
        job=text(said.get("job")),
        reason=text(said.get("reason")),
    )


def _check(text: str) -> None:
    try:
        named = set(re.compile(text, re.MULTILINE).groupindex)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadSubject(f"the pattern '{text}' cannot be read: {error}") from None
    if "url" not in named or not named.issubset(GROUPS):
        raise BadSubject(
            "the pattern must name a group (?P<url>…); it may name (?P<job>…) and (?P<reason>…),"
            f" and no other; it is '{text}'"
        )
