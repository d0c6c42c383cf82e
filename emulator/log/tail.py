"""Looks behind the place where SQLite stopped reading a write-ahead log that was not closed.

The file is described at https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a header, then
frames, each a header and a page; the last frame of a transaction holds the file's size in pages,
and all frames of one generation carry the salts of the file's header.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

HEAD = struct.Struct(">8xI4x8s8x")
FRAME = struct.Struct(">4xI8s8x")


def torn(path: Path, db: sqlite3.Connection) -> int:
    """How many transactions stand at a damage or behind it, so that they were not read.

    None, as a rule. To be asked before anything is written. Where the disk has no room for what is
    to be moved into the file, nobody looks.
    """
    try:
        _, read, _ = db.execute("PRAGMA wal_checkpoint").fetchone()
        with path.with_name(f"{path.name}-wal").open("rb") as file:
            sizes = list(_behind(file, max(read, 0)))
    except (sqlite3.OperationalError, FileNotFoundError):
        return 0
    found = sum(map(bool, sizes))
    # A process that is killed as it writes leaves one frame, the very last, without its page.
    return 0 if found == 1 and sizes[-1] else found


def aside(path: Path) -> Path | None:
    """A copy of the write-ahead log, for whoever knows how to read on behind a damage; the next
    write goes over it. None where there is no room for one."""
    name = next(
        name
        for name in (path.with_name(f"{path.name}-torn-{nth}") for nth in count(1))
        if not name.exists()
    )
    try:
        shutil.copyfile(path.with_name(f"{path.name}-wal"), name)
    except OSError:
        name.unlink(missing_ok=True)
        return None
    return name


def _behind(file: BinaryIO, frames: int) -> Iterator[int]:
    """What the frames of this generation after so many say about the size of the file."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return
    page, salts = HEAD.unpack(head)
    file.seek(HEAD.size + frames * (FRAME.size + page))
    while len(frame := file.read(FRAME.size + page)) == FRAME.size + page:
        size, salted = FRAME.unpack_from(frame)
        if salted == salts:
            yield size
