"""Opens a SQLite file as a log, or says why not. It knows the file's format and nothing of rows."""

from __future__ import annotations

import os
import sqlite3
from enum import StrEnum
from pathlib import Path

from emulator.log.failures import DAMAGED, sentence
from emulator.log.rows import BadLog

APPLICATION = int.from_bytes(b"Undy")
"""Tells this program's SQLite files from those of others."""

VERSION = 1
"""The file's format. A file of a lower one is brought up to it, one of a higher one refused."""

PAGES = 2000
"""Pages that the write-ahead log holds before they are moved into the file."""

SPARE = 64 * 1024 * 1024
"""Bytes that the write-ahead log keeps on the disk once a big transaction is over."""

TABLES = (
    "CREATE TABLE worlds (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " at INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE lines (position INTEGER PRIMARY KEY, world INTEGER NOT NULL, kind TEXT NOT NULL,"
    " at INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX lines_of_a_world ON lines (world)",
    "CREATE TABLE kept (world INTEGER PRIMARY KEY, position INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE spent (world INTEGER PRIMARY KEY, position INTEGER NOT NULL)",
    "CREATE TABLE head (position INTEGER NOT NULL)",
    "INSERT INTO head VALUES (0)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)


class Sync(StrEnum):
    """What an acknowledged row survives.

    Either way a row is acknowledged once its transaction is committed, that is, once the kernel has
    its pages; so it survives the process, however that ends. SQLite says of its write-ahead log
    that with `synchronous=FULL` it is flushed to the disk at each commit, and transactions are
    durable over a loss of power; with `NORMAL` it is flushed only before its pages are moved into
    the file, so that the file stays whole but the last transactions may be rolled back by a loss of
    power or a crash of the system. (https://www.sqlite.org/pragma.html#pragma_synchronous,
    https://www.sqlite.org/wal.html#performance_considerations.)
    """

    ALWAYS = "always"
    BATCH = "batch"


def opened(path: Path, sync: Sync) -> sqlite3.Connection:
    """The file, made if there is none, ours alone until it is closed. Raises BadLog."""
    try:
        _exist(path)
    except OSError as error:
        raise BadLog(f"{path}: it cannot be opened: {error.strerror}; name another file") from None
    try:
        return _connected(path, sync)
    except sqlite3.Error as error:
        if (why := sentence(path, error)) is None:
            raise
        raise BadLog(why) from None


def _exist(path: Path) -> None:
    """See that there is a file, for its owner alone.

    A file that is there is not opened here: to close it would undo this process's locks on it.
    """
    if not path.parent.is_dir():
        raise BadLog(f"{path}: there is no folder {path.parent}; make it, or name another file")
    if path.exists():
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no ordinary file"
            raise BadLog(f"{path}: it is {what}, and a log is a file; name one in a folder")
        return
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _connected(path: Path, sync: Sync) -> sqlite3.Connection:
    """Connections are handed from thread to thread; the lock goes with the process that holds it.

    In exclusive mode SQLite keeps its lock on the file from the first look at it, needs no shared
    memory beside it, and the kernel takes the lock back from a process that is killed.
    """
    db = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None,
        check_same_thread=False,
    )  # fmt: skip
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN EXCLUSIVE")
        _format(path, db)
        db.execute("COMMIT")
        _settle(path, db, sync)
    except BaseException:
        db.close()
        raise
    return db


def _format(path: Path, db: sqlite3.Connection) -> None:
    """See that the file is a whole log of a version we know; make the tables of an empty one.

    The check reads the file once, half a second for a million rows. It finds pages and indices
    that do not fit together; bytes changed within a row it cannot find: SQLite keeps no sums there.
    """
    application, version = _asked(db, "application_id"), _asked(db, "user_version")
    tables = {sql for (sql,) in db.execute("SELECT sql FROM sqlite_master") if sql}
    if not (application or version or tables):
        for statement in TABLES:
            db.execute(statement)
    elif application != APPLICATION:
        raise BadLog(f"{path}: it is a SQLite file of another program; name another file")
    elif version != VERSION:
        raise BadLog(
            f"{path}: its format is version {version}, and this program knows versions up to"
            f" {VERSION}; use a newer one, or name another file"
        )
    elif tables != {one for one in TABLES if one.startswith("CREATE")}:
        raise BadLog(f"{path}: its tables are not those of a log; {DAMAGED}")
    (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise BadLog(f"{path}: {DAMAGED} ({' '.join(found.split())})")


def _settle(path: Path, db: sqlite3.Connection, sync: Sync) -> None:
    (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise BadLog(f"{path}: SQLite cannot keep a write-ahead log there; name a file elsewhere")
    db.execute(f"PRAGMA synchronous = {'FULL' if sync is Sync.ALWAYS else 'NORMAL'}")
    db.execute("PRAGMA fullfsync = ON")
    db.execute("PRAGMA secure_delete = OFF")
    db.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {SPARE}")


def _asked(db: sqlite3.Connection, name: str) -> int:
    (value,) = db.execute(f"PRAGMA {name}").fetchone()
    return int(value)
