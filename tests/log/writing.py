"""A program that writes a log until it is killed, and says what was acknowledged.

`python -m tests.log.writing FILE SYNC SEED` prints `rows LAST` and `kept POSITION`. A row says
`BATCH PLACE SIZE`: the position before its batch, its place in it, and how many there are.
"""

from __future__ import annotations

import sys
from random import Random

from emulator.log.opening import Sync
from emulator.log.rows import ENTRY, WORLD, Kept, Row
from emulator.log.sqlite import SqliteStore

MOST = 20_000
"""Batches after which it ends by itself."""


def batch(last: int, size: int, pad: int) -> list[Row]:
    """Rows that say which batch they are of."""
    return [
        Row(world="w", kind=ENTRY, at=0, data=f"{last} {place} {size} ".encode() + bytes(pad))
        for place in range(size)
    ]


def write(store: SqliteStore, random: Random) -> None:
    """Append, and keep now and then; say so once it is done."""
    if not store.last:
        store.append([Row(world="w", kind=WORLD, at=0, data=b"")])
    for _ in range(MOST):
        rows = batch(store.last, random.choice((1, 1, 2, 7, 90)), random.choice((0, 300, 6000)))
        print("rows", store.append(rows), flush=True)
        if random.random() < 0.03:
            at = random.randint(max(store.last - 500, 1), store.last)
            if store.keep(Kept(world="w", position=at, data=bytes(10_000))):
                print("kept", at, flush=True)


if __name__ == "__main__":
    _, name, sync, seed = sys.argv
    with SqliteStore(name, sync=Sync(sync)) as opened:
        write(opened, Random(seed))
