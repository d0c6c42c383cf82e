"""A small disk of one's own, and a user who may do little; left out where they cannot be had."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.tools import need

ROOT = Path(__file__).parents[2]
NOBODY = 65534
OPEN = f"""
import os, sys
from tempfile import TemporaryDirectory
from emulator.log.rows import BadLog
from emulator.log.sqlite import SqliteStore, Sync
with TemporaryDirectory() as folder:
    SqliteStore(folder + "/so that everything is imported", sync=Sync.BATCH).close()
if "nobody" in sys.argv and os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
try:
    SqliteStore(sys.argv[1], sync=Sync.BATCH).close()
except BadLog as error:
    print(error)
"""
"""A program that opens a log, and prints why it may not. It runs as nobody if that is asked for."""


@contextmanager
def small(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory that holds so much."""
    need("mount", "umount")
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(asked, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            while True:
                try:
                    file.write(bytes(size))
                except OSError:
                    break
    return path


def opened_elsewhere(path: Path, *who: str) -> str:
    """What another process is told that opens a log; nothing if it may."""
    program = [sys.executable, "-c", OPEN, str(path), *who]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not ended.returncode, ended.stderr
    return ended.stdout
