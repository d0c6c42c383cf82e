"""The log of a whole server in one SQLite file. It knows SQLite, and nothing of what rows mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from emulator.log.batch import Batch, sort
from emulator.log.failures import DAMAGED, sentence
from emulator.log.opening import Sync, opened
from emulator.log.rows import WORLD, BadLog, Kept, Past, Row, Unwritable
from emulator.log.tail import aside, torn

SWEPT = 1_000
"""Rows that one call frees at most: some milliseconds, or tens of them where the rows lie scattered
among those of many other worlds."""

SWEEP = (
    "DELETE FROM lines WHERE position IN (SELECT position FROM lines"
    " WHERE world = ? AND position <= ? ORDER BY position LIMIT ?)"
)
LAST = (
    "SELECT max(position) FROM (SELECT position FROM head UNION ALL"
    " SELECT max(position) FROM lines UNION ALL SELECT max(position) FROM worlds UNION ALL"
    " SELECT max(position) FROM kept)"
)
AFTER = (
    "SELECT position, kind, at, data FROM lines WHERE world = ? AND position > ? ORDER BY position"
)


class SqliteStore:
    """A `Store` in a SQLite file, which is made if there is none; `Sync` says what survives what.

    The process has the file to itself until `close`. It must not be carried over a fork. Nothing of
    the file may be opened and closed elsewhere in the process: POSIX locks would go with that.
    Raises BadLog for a path that cannot be opened. `torn` says how many transactions were lost
    behind a damage of the write-ahead log, which is copied `aside`; what stands before is there.
    """

    def __init__(self, path: Path | str, *, sync: Sync) -> None:
        self.path = Path(path).resolve()
        self._db = opened(self.path, sync)
        try:
            with self._reading():
                self._living: dict[str, int] = dict(
                    self._db.execute("SELECT name, position FROM worlds")
                )
                self.torn = torn(self.path, self._db)
                self.aside = aside(self.path) if self.torn else None
                self._last: int = self._db.execute(LAST).fetchone()[0]
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def last(self) -> int:
        """The position of the last row there ever was; 0 before the first."""
        return self._last

    def append(self, rows: Sequence[Row]) -> int:
        """Keep these rows, all or none, in one transaction; the position of the last."""
        if not rows:
            return self._last
        batch = sort(rows, self._last, self._living)
        with self._transaction() as db:
            if batch.ended:
                self._end(batch.ended, batch.last)
            if batch.made:
                db.executemany("INSERT INTO worlds VALUES (?, ?, ?, ?)", batch.made)
            db.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", batch.lines)
        self._turn(batch)
        return self._last

    def keep(self, kept: Kept) -> bool:
        """Keep a snapshot and free at most `SWEPT` of the rows before it, in one transaction.

        Rows that are left are not loaded any more; later calls free them, and `sweep` does.
        """
        if kept.position > self._last:
            raise ValueError(f"a snapshot at {kept.position} is ahead of the log's {self._last}")
        made = self._living.get(kept.world)
        if made is None or kept.position < max(made, self._kept_at(made)):
            return False
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (made, kept.position, kept.data)
            )
            db.execute("INSERT OR REPLACE INTO spent VALUES (?, ?)", (made, kept.position))
            self._sweep()
        return True

    def drop(self, world: str) -> bool:
        """End a world and free at most `SWEPT` of its rows, in one transaction."""
        made = self._living.get(world)
        if made is None:
            return False
        with self._transaction():
            self._end([made], self._last)
            self._sweep()
        del self._living[world]
        return True

    def sweep(self) -> bool:
        """Free at most `SWEPT` rows that nothing needs; whether there is more to free."""
        with self._transaction():
            return self._sweep()

    def load(self) -> Iterator[Past]:
        """Every living world, oldest first. To be gone through before anything is written."""
        for made in sorted(self._living.values()):
            with self._reading():
                name, at, data = self._one(
                    "SELECT name, at, data FROM worlds WHERE position = ?", made
                )
                found = self._one("SELECT position, data FROM kept WHERE world = ?", made)
            kept = Kept(world=name, position=found[0], data=found[1]) if found else None
            row = Row(world=name, kind=WORLD, at=at, data=data, position=made)
            yield Past(made=row, kept=kept, rows=self._after(made, name, kept))

    def close(self) -> None:
        """Move everything into the file itself, and let go of it."""
        self._db.close()

    def _after(self, made: int, name: str, kept: Kept | None) -> Iterator[Row]:
        with self._reading():
            found = self._db.execute(AFTER, (made, kept.position if kept else made))
            for position, kind, at, data in found:
                yield Row(world=name, kind=kind, at=at, data=data, position=position)

    def _end(self, worlds: Iterable[int], last: int) -> None:
        """Have nothing of these worlds loaded again. `last` is kept, for no row may stay there."""
        for made in worlds:
            self._db.execute("DELETE FROM worlds WHERE position = ?", (made,))
            self._db.execute("DELETE FROM kept WHERE world = ?", (made,))
            self._db.execute("INSERT OR REPLACE INTO spent VALUES (?, ?)", (made, last))
        self._db.execute("UPDATE head SET position = ?", (last,))

    def _sweep(self) -> bool:
        spent = self._db.execute("SELECT world, position FROM spent LIMIT 1").fetchone()
        if spent is None:
            return False
        if self._db.execute(SWEEP, (*spent, SWEPT)).rowcount < SWEPT:
            self._db.execute("DELETE FROM spent WHERE world = ?", spent[:1])
        return self._db.execute("SELECT 1 FROM spent").fetchone() is not None

    def _kept_at(self, made: int) -> int:
        found = self._one("SELECT position FROM kept WHERE world = ?", made)
        return found[0] if found else 0

    def _one(self, select: str, made: int) -> Any:
        return self._db.execute(select, (made,)).fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. A failure that is the file's comes out as Unwritable."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error) and (why := sentence(self.path, error)):
                raise Unwritable(why) from None
            raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise
        except sqlite3.Error as error:
            raise BadLog(
                sentence(self.path, error) or f"{self.path}: {DAMAGED} ({error})"
            ) from None

    def _turn(self, batch: Batch) -> None:
        for name, made in batch.changes.items():
            if made is None:
                self._living.pop(name, None)
            else:
                self._living[name] = made
        self._last = batch.last
