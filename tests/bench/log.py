"""What the log costs: rows a second by batch, the time to open and load a million, to free them.

`python -m tests.bench.log [ROWS] [FOLDER]` prints it. It depends on the disk of the folder more
than on anything else: `always` waits for it at each batch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from emulator.log.opening import Sync
from emulator.log.rows import ENTRY, WORLD, Kept, Row
from emulator.log.sqlite import SqliteStore

SIZES = (1, 10, 100, 1000)
SECONDS = 1.5
"""How long each is measured, three times in turns."""

LINE = b'{"is":"Called","provider":"oxen","operation":"status","job":"' + b"0" * 340 + b'"}'
WORLDS = (1, 100)


def rows(count: int, worlds: int) -> list[Row]:
    """Lines of 400 bytes, of the worlds in turns."""
    names = [f"w{number % worlds}" for number in range(count)]
    return [Row(world=name, kind=ENTRY, at=1, data=LINE) for name in names]


def make(store: SqliteStore, worlds: int) -> None:
    store.append([Row(world=f"w{one}", kind=WORLD, at=0, data=b"{}") for one in range(worlds)])


def rate(store: SqliteStore, size: int) -> tuple[float, float]:
    """Rows a second in batches of this size, and the longest that one batch took."""
    batch, done, longest = rows(size, 1), 0, 0.0
    began = now = time.perf_counter()
    while now - began < SECONDS:
        store.append(batch)
        done += size
        before, now = now, time.perf_counter()
        longest = max(longest, now - before)
    return done / (now - began), longest


def appending(folder: Path) -> None:
    """Rows a second for each batch size and each sync, interleaved."""
    print(f"{'sync':8}{'batch':>6}{'rows/s':>10}{'batches/s':>11}{'longest ms':>12}")
    stores = {sync: SqliteStore(folder / f"{sync}.db", sync=sync) for sync in Sync}
    for store in stores.values():
        make(store, 1)
    for size in SIZES:
        found: dict[Sync, list[tuple[float, float]]] = {sync: [] for sync in Sync}
        for _ in range(3):
            for sync, store in stores.items():
                found[sync].append(rate(store, size))
                store.keep(Kept(world="w0", position=store.last, data=b""))
                while store.sweep():
                    pass
        for sync, rates in found.items():
            speed, longest = median(one for one, _ in rates), max(most for _, most in rates)
            print(f"{sync:8}{size:6}{speed:10.0f}{speed / size:11.0f}{longest * 1000:12.1f}")
    for store in stores.values():
        store.close()


def took(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def free(store: SqliteStore, worlds: int) -> tuple[int, float]:
    """Keep a snapshot of each world, and free all rows before; how many steps, and the longest."""
    snapshots = [Kept(world=f"w{one}", position=store.last, data=b"{}") for one in range(worlds)]
    longest = max(took(lambda one=one: store.keep(one)) for one in snapshots)
    steps, more = worlds, True
    while more:
        began = time.perf_counter()
        more = store.sweep()
        longest, steps = max(longest, time.perf_counter() - began), steps + 1
    return steps, longest


def loading(folder: Path, count: int, worlds: int) -> None:
    """The life of a big log: written, opened, loaded, freed."""
    path = folder / f"{worlds}.db"
    with SqliteStore(path, sync=Sync.BATCH) as store:
        make(store, worlds)
        batch = rows(1000, worlds)
        writing = took(lambda: [store.append(batch) for _ in range(count // 1000)])
    size = path.stat().st_size / 1e6
    began = time.perf_counter()
    with SqliteStore(path, sync=Sync.BATCH) as store:
        opening = time.perf_counter() - began
        began = time.perf_counter()
        found = sum(1 for past in store.load() for _ in past.rows)
        load = time.perf_counter() - began
        began = time.perf_counter()
        steps, longest = free(store, worlds)
        freeing = time.perf_counter() - began
    print(
        f"{found} rows of {worlds} worlds, {size:.0f} MB: written {writing:.2f} s, opened"
        f" {opening:.2f} s, loaded {load:.2f} s, freed {freeing:.2f} s in {steps} steps, the"
        f" longest {longest * 1000:.0f} ms; opened then {took(lambda: again(path)) * 1000:.0f} ms"
    )


def again(path: Path) -> None:
    SqliteStore(path, sync=Sync.BATCH).close()


def main(count: str = "1000000", where: str | None = None) -> None:
    """Print it all."""
    with TemporaryDirectory(dir=where) as name:
        appending(Path(name))
        for worlds in WORLDS:
            loading(Path(name), int(count), worlds)


if __name__ == "__main__":
    main(*sys.argv[1:])
