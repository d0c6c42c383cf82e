"""Killed at any instant: every row that was acknowledged is there again, and no half batch."""

from __future__ import annotations

import subprocess
import sys
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from emulator.log.opening import Sync
from emulator.log.rows import Row
from emulator.log.sqlite import SqliteStore
from tests.log.logs import told

ROUNDS = 15
ROOT = Path(__file__).parents[2]


def killed(path: Path, sync: Sync, seed: int) -> tuple[int, int]:
    """Let the program write, and kill it; the last position that it said, and the last it kept."""
    program = [sys.executable, "-m", "tests.log.writing", str(path), sync, str(seed)]
    most = Random(seed).randrange(1, 300)
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(most)]
        running.kill()
        lines += running.stdout.readlines()
    said = {"rows": 0, "kept": 0}
    for one in lines:
        if one.endswith("\n"):
            what, position = one.split()
            said[what] = max(said[what], int(position))
    assert running.returncode == -9, lines[-3:]
    return said["rows"], said["kept"]


def batch(row: Row) -> tuple[int, int, int]:
    """Which batch it is of, its place and how many there are."""
    of, place, size = row.data.split()[:3]
    return int(of), int(place), int(size)


def is_whole(rows: list[Row], cut: int) -> None:
    """No position is missing after `cut`, and no batch is half there that begins after it."""
    assert [row.position for row in rows] == list(range(cut + 1, cut + 1 + len(rows)))
    for of, group in groupby(rows, key=lambda row: batch(row)[0]):
        found = [(row.position, batch(row)) for row in group]
        size = found[0][1][2]
        places = range(max(cut - of, 0), size)
        assert found == [(of + place + 1, (of, place, size)) for place in places]


@pytest.mark.slow
@pytest.mark.parametrize("sync", Sync)
def test_what_was_acknowledged_outlives_the_process(tmp_path: Path, sync: Sync) -> None:
    path, last, cut = tmp_path / "log.db", 0, 1
    for seed in range(ROUNDS):
        said, kept = killed(path, sync, seed)
        with SqliteStore(path, sync=sync) as store:
            ((_, snapshot, rows),) = told(store)
            assert store.torn == 0
            assert store.last >= max(said, last), seed
            last, at = store.last, snapshot.position if snapshot else 1
            assert at >= max(kept, cut), seed
            assert at + len(rows) == last, seed
            is_whole(rows, at)
            cut = at
