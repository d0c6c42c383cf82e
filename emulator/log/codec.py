"""Worlds, commands and snapshots as the bytes that a store keeps, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

import msgspec

from emulator.core.clock import Instant, Pace
from emulator.core.commands import Command
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.snapshot import Snapshot
from emulator.core.value import dataclass
from emulator.log.rows import BadLog

T = TypeVar("T")


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
    """A world at one position of its log: its state, and how its clock ran then: it stood at
    `world` when the machine's stood at `machine`."""

    state: Snapshot
    pace: Pace
    world: Instant
    machine: Instant


COMMANDS: Final[dict[str, Any]] = {one.__name__: one for one in get_args(Command)}
READ: Final[dict[str, Callable[[Any], Any]]] = {
    name: msgspec.json.Decoder(one).decode for name, one in COMMANDS.items()
}
LINE: Final = msgspec.json.Decoder(Line)


def written(value: Made | Whole) -> bytes:
    """The bytes of a world's beginning, or of its snapshot."""
    return msgspec.json.encode(value)


def line(command: Command, machine: Instant) -> bytes:
    """The bytes of a line of the log."""
    data = msgspec.Raw(msgspec.json.encode(command))
    return msgspec.json.encode(Line(named=type(command).__name__, command=data, machine=machine))


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
