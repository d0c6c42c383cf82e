"""Rows to write, and what a store holds, as plain lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from emulator.log import sqlite
from emulator.log.opening import Sync
from emulator.log.rows import DROPPED, ENTRY, WORLD, Kept, Row
from emulator.log.sqlite import SqliteStore


def made(world: str = "w", data: bytes = b"{}") -> Row:
    return Row(world=world, kind=WORLD, at=1, data=data)


def line(data: bytes = b"{}", world: str = "w") -> Row:
    return Row(world=world, kind=ENTRY, at=2, data=data)


def gone(world: str = "w") -> Row:
    return Row(world=world, kind=DROPPED, at=3, data=b"")


def kept(position: int, world: str = "w", data: bytes = b"[]") -> Kept:
    return Kept(world=world, position=position, data=data)


def told(store: SqliteStore) -> list[tuple[Row, Kept | None, list[Row]]]:
    """Every world that is loaded."""
    return [(past.made, past.kept, list(past.rows)) for past in store.load()]


def data(path: Path) -> list[bytes]:
    """What the lines hold of the one world in a file."""
    with SqliteStore(path, sync=Sync.BATCH) as store:
        ((_, _, rows),) = told(store)
        return [row.data for row in rows]


def count(store: SqliteStore, table: str = "lines") -> Any:
    """How many rows there are, loaded or not."""
    return store._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@contextmanager
def sweeping(rows: int) -> Iterator[None]:
    """Free only so many rows at once."""
    with patch.object(sqlite, "SWEPT", rows):
        yield
