"""What SQLite says went wrong, in sentences that say what to do."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

NO_ROOM = "the disk has no room left; free some, and it goes on by itself"
READ_ONLY = "it can be read but not written; make it and its folder writable"
DAMAGED = (
    "it is damaged, or is no SQLite file; restore it from a copy, or name another file. What can"
    " still be read of it, `sqlite3 FILE .recover` prints"
)
IN_USE = "another process has it open, and only one at a time may; stop that one, or name another"

SENTENCES = {
    sqlite3.SQLITE_FULL: NO_ROOM,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_BUSY: IN_USE,
    sqlite3.SQLITE_LOCKED: IN_USE,
    sqlite3.SQLITE_IOERR: "the disk failed to read or write it; look at the system's log",
    sqlite3.SQLITE_CANTOPEN: "it or a file beside it cannot be opened; look who may write there",
}


def code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error of the module itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def sentence(path: Path, error: sqlite3.Error) -> str | None:
    """What is wrong with the file, or nothing if it is a bug of ours and not the file's."""
    said = code(error)
    if said not in SENTENCES:
        return None
    why = SENTENCES[said]
    if said in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR):
        why = _forbidden(path) or why
    return f"{path}: {why} ({error})"


def _forbidden(path: Path) -> str | None:
    """What this user may not do there, where that is why."""
    folder = path.parent
    if path.exists() and not os.access(path, os.R_OK):
        return "this user may not read it; make it readable and writable"
    if path.exists() and not os.access(path, os.W_OK):
        return READ_ONLY
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"its folder {folder} is not writable, and files beside it are needed; make it so"
    return None
