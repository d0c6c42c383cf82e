"""What a program's output says came of the intent, or what is wrong with the program."""

from __future__ import annotations

import re
import signal
from typing import Any, TypeAlias

import orjson

from contracts.intents import End, Garbage, Outcome, outcome
from contracts.subjects.pattern import Pattern
from contracts.subjects.process import Heard
from contracts.trial import Ill, Parting, Trouble

ERROR = re.compile(r"[\w.]*(Error|Exception|panic)\b")

SHOWN = 200
"""Characters of a line that are shown."""

LAST = 300
"""Characters that are kept of the end of an output: a signed link, and the words before it."""

Answer: TypeAlias = tuple[Outcome, Trouble | None]


def answer(heard: Heard, pattern: Pattern | None = None) -> Answer:
    """The outcome that a program tells, and what is wrong with it if it tells none."""
    if heard.trouble is not None:
        return broken(heard.trouble.kind, heard.trouble.text)
    return _told(heard) if pattern is None else _found(heard, pattern)


def parting(heard: Heard) -> Parting:
    """How a program ended, and the end of what it wrote."""
    return Parting(heard.code if heard.ended else None, _end(heard.out), _end(heard.err))


KNOWN = {13: "in Node, an await was left that nothing was to settle, and no timer ran"}
"""Exit codes of programs that say nothing else."""


def broken(kind: Ill, text: str) -> Answer:
    """The outcome of a program that tells none."""
    return Outcome(outcome=End.NOTHING, error=text), Trouble(kind, text)


def crashed(heard: Heard) -> Answer:
    """The outcome of a program that ended and tells none: how it ended, and its last words."""
    if heard.code is None:
        how = "it ended, and so did what watched it"
    elif heard.code < 0:
        how = f"it was ended by {_signal(-heard.code)}"
    else:
        how = f"it ended with exit code {heard.code}"
    words = _complaint(heard.err) or KNOWN.get(heard.code or 0, "")
    return broken(Ill.CRASH, f"{how}: {_short(words)}" if words else how)


def _told(heard: Heard) -> Answer:
    """What the last line of the output tells, whatever the exit code is."""
    line = _last(heard.out)
    try:
        return outcome(_json(line)), None
    except Garbage as error:
        if heard.ended and heard.code != 0:
            return crashed(heard)
        said = f"{error}; its last line is: {_short(line)}" if line else "it said nothing"
        return broken(Ill.GARBAGE, said)


def _found(heard: Heard, pattern: Pattern) -> Answer:
    """What a pattern finds: results in the output, a job and a reason in the errors too."""
    found = pattern.find(_text(heard.out), _text(heard.err))
    job, reason = found.job, found.reason or ""
    if heard.code == 0:
        if not found.made:
            last = _short(_last(heard.out))
            return broken(Ill.GARBAGE, f"'{pattern.text}' is not in its output; it ends: {last}")
        if reason and not found.urls:
            return Outcome(outcome=End.FAILED, job=job, reason=reason), None
        return Outcome(outcome=End.SUCCEEDED, urls=tuple(found.urls), job=job), None
    if heard.code is None or heard.code < 0:
        return crashed(heard)
    if reason:
        return Outcome(outcome=End.FAILED, job=job, reason=reason), None
    error = _short(_last(heard.err)) or f"exit code {heard.code}"
    return Outcome(outcome=End.GAVE_UP, error=error, job=job), None


def _json(line: str) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Garbage(f"it is no JSON ({error})") from None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last(data: bytes) -> str:
    """The last line that is not blank."""
    return _text(data.rstrip().rpartition(b"\n")[2]).strip()


def _complaint(err: bytes) -> str:
    """The last line that begins with the name of an error, or else the last line: some runtimes end
    with their version."""
    named = [line for line in _text(err).split("\n") if ERROR.match(line)]
    return named[-1].strip() if named else _last(err)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _end(data: bytes) -> str:
    text = _text(data).strip()
    return text if len(text) <= LAST else f"…{text[-LAST:]}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
