"""Worlds, commands and snapshots as the bytes that a store keeps, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar, get_args

import msgspec

from emulator.core.clock import Instant, Pace
from emulator.core.commands import Command
from emulator.core.jobs import Job
from emulator.core.ledger import Posting
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.snapshot import Snapshot
from emulator.core.value import dataclass
from emulator.log.rows import BadLog

T = TypeVar("T")

MANY: Final = b'"jobs":[],"postings":[]}'
"""How a snapshot ends without what there are many of."""

PIECE = 500
"""Values that are encoded in one go: about a millisecond's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A world as it was made: whose it is (a key's fingerprint), its scenario, what its key may do,
    and what the machine's clock said."""

    owner: str
    scenario: Scenario
    rule: KeyRule
    machine: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a world's log: which command, its data, and what the machine's clock said."""

    named: str
    command: msgspec.Raw
    machine: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A world at one position of its log: its state, and how its clock had run by then: its turns,
    each with where it stood, what the machine's clock said, and how fast it went on. The state's
    jobs and postings, which are many, stand at the end."""

    state: Snapshot
    pace: Pace
    turns: tuple[tuple[Instant, Instant, float], ...]
    jobs: tuple[Job, ...] = ()
    postings: tuple[Posting, ...] = ()


COMMANDS: Final[dict[str, Any]] = {one.__name__: one for one in get_args(Command)}
READ: Final[dict[str, Callable[[Any], Any]]] = {
    name: msgspec.json.Decoder(one).decode for name, one in COMMANDS.items()
}
LINE: Final = msgspec.json.Decoder(Line)


def written(value: Made) -> bytes:
    """The bytes of a world's beginning."""
    return msgspec.json.encode(value)


def told(command: Command) -> tuple[str, bytes]:
    """Which command it is, and the bytes of its data."""
    return type(command).__name__, msgspec.json.encode(command)


def line(command: tuple[str, bytes], machine: Instant) -> bytes:
    """The bytes of a line of the log, of what was `told`."""
    named, data = command
    return b'{"named":"%b","command":%b,"machine":%d}' % (named.encode(), data, machine)


def snapshot(whole: Whole) -> bytes:
    """The bytes of a world. They are made piece by piece: other threads run in between."""
    state = whole.state
    bare = msgspec.json.encode(replace(whole, state=replace(state, jobs=(), postings=())))
    assert bare.endswith(MANY), bare[-200:]
    jobs, postings = _many(state.jobs), _many(state.postings)
    return b'%b"jobs":[%b],"postings":[%b]}' % (bare[: -len(MANY)], jobs, postings)


def whole(data: bytes) -> Whole:
    """The world of a snapshot. BadLog if it is none."""
    found = read(Whole, data)
    state = replace(found.state, jobs=found.jobs, postings=found.postings)
    return replace(found, state=state, jobs=(), postings=())


def _many(values: Sequence[Any]) -> bytes:
    pieces = (values[at : at + PIECE] for at in range(0, len(values), PIECE))
    return b",".join([msgspec.json.encode(piece)[1:-1] for piece in pieces])


def command(data: bytes) -> tuple[Command, Instant]:
    """The command of a line, and what the machine's clock said. BadLog if it is none."""
    try:
        found = LINE.decode(data)
        return READ[found.named](found.command), found.machine
    except (msgspec.MsgspecError, KeyError) as error:
        raise BadLog(_damaged("a command", data, error)) from None


def read(cls: type[T], data: bytes) -> T:
    """A value that was `written`. BadLog if it is none."""
    try:
        return msgspec.json.decode(data, type=cls)
    except msgspec.MsgspecError as error:
        raise BadLog(_damaged(f"a {cls.__name__}", data, error)) from None


def _damaged(what: str, data: bytes, error: Exception) -> str:
    return f"the log has {data[:80]!r}, which is not {what}: {error}"
