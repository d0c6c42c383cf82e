"""A write-ahead log that ends in rubbish: every whole transaction before it is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.log.opening import Sync
from emulator.log.sqlite import SqliteStore
from tests.log.logs import data, line, told

ROOT = Path(__file__).parents[2]
HEAD, FRAME = 32, 24 + 4096
BATCHES = 12
WRITE = f"""
import os, sys
from tests.log.logs import line, made
from emulator.log.opening import Sync
from emulator.log.sqlite import SqliteStore
store = SqliteStore(sys.argv[1], sync=Sync.BATCH)
store.append([made()])
for batch in range({BATCHES}):
    store.append([line(b"%d " % batch + bytes(batch * 700))] * (batch % 4 + 1))
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a killed process left: a file, and a write-ahead log with everything in it."""
    path = tmp_path_factory.mktemp("torn") / "log.db"
    ended = subprocess.run([sys.executable, "-c", WRITE, str(path)], cwd=ROOT, check=False)
    assert ended.returncode == -9
    return path


def ends(wal: bytes) -> list[int]:
    """Where each transaction ends: at a frame that says how big the file is then."""
    frames = range(HEAD, len(wal), FRAME)
    return [at + FRAME for at in frames if int.from_bytes(wal[at + 4 : at + 8])]


def expected(batches: int) -> list[bytes]:
    rows = [[b"%d " % one + bytes(one * 700)] * (one % 4 + 1) for one in range(batches)]
    return [row for batch in rows for row in batch]


def damaged(left: Path, folder: str, damage: Callable[[bytearray], None]) -> Path:
    """A copy with another write-ahead log."""
    path = Path(shutil.copy(left, folder))
    wal = bytearray(Path(f"{left}-wal").read_bytes())
    damage(wal)
    Path(f"{path}-wal").write_bytes(wal)
    return path


def untouched(wal: bytearray) -> None:
    """No damage."""


def test_it_is_all_in_the_write_ahead_log(left: Path, tmp_path: Path) -> None:
    assert len(ends(Path(f"{left}-wal").read_bytes())) == BATCHES + 1
    path = damaged(left, str(tmp_path), untouched)
    assert data(path) == expected(BATCHES)


@settings(deadline=None, max_examples=60)
@given(at=st.data(), garbage=st.none() | st.integers(1, 255))
def test_what_stands_before_the_tear_is_there(
    left: Path, at: st.DataObject, garbage: int | None
) -> None:
    wal = Path(f"{left}-wal").read_bytes()
    whole = ends(wal)
    tear = at.draw(st.integers(whole[0], len(wal) - 1))

    def damage(wal: bytearray) -> None:
        if garbage is None:
            del wal[tear:]
        else:
            wal[tear] ^= garbage

    with TemporaryDirectory() as folder:
        path = damaged(left, folder, damage)
        before = sum(end <= tear for end in whole) - 1
        with SqliteStore(path, sync=Sync.BATCH) as store:
            ((_, _, rows),) = told(store)
            assert [row.data for row in rows] == expected(before)
            if garbage is None or (tear - HEAD) % FRAME >= 24:
                assert store.torn == (0 if garbage is None else lost(whole, tear))
                asides = [one.read_bytes() for one in Path(folder).glob("*-torn-*")]
                assert asides == ([Path(f"{path}-wal").read_bytes()] if store.torn else [])
            assert store.append([line(b"more")]) == len(rows) + 2
        assert data(path) == [*expected(before), b"more"]


def lost(ends: list[int], tear: int) -> int:
    """How many transactions a bad byte in a page takes away; a single one may be a kill's doing."""
    after = sum(end > tear for end in ends)
    return after if after > 1 else 0


def test_a_kill_amid_the_last_frame_is_no_damage(tmp_path: Path, left: Path) -> None:
    def damage(wal: bytearray) -> None:
        wal[-4096:] = bytes(4096)

    path = damaged(left, str(tmp_path), damage)
    with SqliteStore(path, sync=Sync.BATCH) as store:
        assert store.torn == 0
    assert data(path) == expected(BATCHES - 1)


def test_a_rest_of_an_older_generation_is_no_damage(tmp_path: Path, left: Path) -> None:
    path = damaged(left, str(tmp_path), untouched)
    program = (
        "import os, sys; from tests.log.logs import line; from emulator.log.sqlite import *;"
        "store = SqliteStore(sys.argv[1], sync=Sync.BATCH); store.append([line(b'more')]);"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False)
    assert len(ends(Path(f"{path}-wal").read_bytes())) > 5
    with SqliteStore(path, sync=Sync.BATCH) as store:
        assert store.torn == 0
    assert data(path) == [*expected(BATCHES), b"more"]
