"""Sorts rows that are appended together by where they go. It knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from emulator.core.clock import Instant
from emulator.log.rows import DROPPED, WORLD, Row

Made: TypeAlias = tuple[int, str, Instant, bytes]
"""Position, name, instant and data of the row that makes a world."""

Line: TypeAlias = tuple[int, int, str, Instant, bytes]
"""Position, the position that its world was made at, kind, instant and data of any other row."""


@dataclass(slots=True)
class Batch:
    """What becomes of the rows, which take the positions after `last`."""

    last: int
    made: list[Made] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    changes: dict[str, int | None] = field(default_factory=dict)


def sort(rows: Sequence[Row], last: int, living: Mapping[str, int]) -> Batch:
    """The rows in their places. A world is known by the position it was made at, so that its name
    can be used again. Raises ValueError as `Store.append` says.
    """
    batch = Batch(last)
    for row in rows:
        batch.last += 1
        world = batch.changes.get(row.world, living.get(row.world))
        if row.kind == WORLD:
            _make(batch, row, world)
        elif world is None:
            raise ValueError(f"a row of kind {row.kind!r} is of {row.world!r}, which is no world")
        elif row.kind == DROPPED:
            batch.ended.append(world)
            batch.changes[row.world] = None
        else:
            batch.lines.append((batch.last, world, row.kind, row.at, row.data))
    return _less(batch, frozenset(batch.ended)) if batch.ended else batch


def _make(batch: Batch, row: Row, world: int | None) -> None:
    if world is not None:
        raise ValueError(
            f"there is a world called {row.world!r} already; it is to be dropped first"
        )
    batch.made.append((batch.last, row.world, row.at, row.data))
    batch.changes[row.world] = batch.last


def _less(batch: Batch, ended: frozenset[int]) -> Batch:
    """Without what the batch itself makes needless."""
    batch.made = [one for one in batch.made if one[0] not in ended]
    batch.lines = [one for one in batch.lines if one[1] not in ended]
    return batch
