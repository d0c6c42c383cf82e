"""A disk without room, or that fails: the store says so, keeps what it has, and goes on later."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

import pytest

from emulator.log.opening import Sync
from emulator.log.rows import BadLog, Unwritable
from emulator.log.sqlite import SqliteStore
from tests.log.disks import fill, remount, small
from tests.log.logs import data, kept, line, made, told

BIG = bytes(200_000)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the kernel refuse to write behind there, as a failing disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("sync", Sync)
def test_a_failing_disk_leaves_nothing_and_is_got_over(tmp_path: Path, sync: Sync) -> None:
    path = tmp_path / "log.db"
    with SqliteStore(path, sync=sync) as store:
        store.append([made(), line(b"1")])
        before = told(store)
        with no_file_longer_than(100_000):
            for _ in range(3):
                with pytest.raises(
                    Unwritable, match="the disk failed to read or write it"
                ) as told_:
                    store.append([line(b"small"), line(BIG)])
                assert str(path) in told_.value.why
            with pytest.raises(Unwritable):
                store.keep(kept(2, data=BIG))
            assert (store.last, told(store)) == (2, before)
            assert store.append([line(b"2")]) == 3
        assert store.append([line(BIG)]) == 4
    assert data(path) == [b"1", b"2", BIG]


def flat(batches: list[list[bytes]]) -> list[bytes]:
    return list(chain.from_iterable(batches))


def append(store: SqliteStore, batches: list[list[bytes]]) -> list[list[bytes]]:
    """Those of them for which there was room."""
    done = []
    for batch in batches:
        with suppress(Unwritable):
            store.append([line(one) for one in batch])
            done.append(batch)
    return done


@pytest.mark.parametrize("sync", Sync)
def test_a_full_disk_is_got_over(tmp_path: Path, sync: Sync) -> None:
    batches = [[b"%d" % number + bytes(number * 300)] * 3 for number in range(40)]
    with small(tmp_path / "disk", "2m") as disk:
        path = disk / "log.db"
        with SqliteStore(path, sync=sync) as store:
            store.append([made()])
            ballast = fill(disk)
            done = append(store, batches)
            assert len(done) < len(batches)
            with pytest.raises(Unwritable, match="no room left; free some"):
                store.append([line(BIG)])
            ((_, _, rows),) = told(store)
            assert [row.data for row in rows] == flat(done)
        assert data(path) == flat(done)
        with SqliteStore(path, sync=sync) as store:
            done += append(store, batches)
            ballast.unlink()
            assert append(store, batches) == batches
        assert data(path) == flat(done + batches)


def test_a_snapshot_on_a_full_disk_is_not_kept_by_halves(tmp_path: Path) -> None:
    with (
        small(tmp_path / "disk", "1m") as disk,
        SqliteStore(disk / "log.db", sync=Sync.ALWAYS) as it,
    ):
        it.append([made(), line(b"1"), line(b"2")])
        before = told(it)
        ballast = fill(disk)
        with pytest.raises(Unwritable):
            it.keep(kept(3, data=BIG))
        with pytest.raises(Unwritable):
            it.append([made("other", BIG)])
        assert told(it) == before
        ballast.unlink()
        it.append([made("other", BIG)])
        assert it.keep(kept(3, data=BIG))
        assert [len(rows) for _, _, rows in told(it)] == [0, 0]


def test_a_log_on_a_full_disk_can_be_opened_and_a_new_one_cannot(tmp_path: Path) -> None:
    with small(tmp_path / "disk", "1m") as disk:
        with SqliteStore(disk / "log.db", sync=Sync.ALWAYS) as store:
            store.append([made(), line(b"1")])
        ballast = fill(disk)
        assert data(disk / "log.db") == [b"1"]
        with pytest.raises(BadLog, match="no room left; free some"):
            SqliteStore(disk / "new.db", sync=Sync.ALWAYS)
        ballast.unlink()
        with SqliteStore(disk / "new.db", sync=Sync.ALWAYS) as store:
            assert store.last == 0


def test_a_disk_that_is_read_only_is_refused(tmp_path: Path) -> None:
    with small(tmp_path / "disk", "1m") as disk:
        with SqliteStore(disk / "log.db", sync=Sync.ALWAYS) as store:
            store.append([made(), line(b"1")])
        remount(disk, "ro")
        for name, why in (("log.db", "make it and its folder writable"), ("new.db", "Read-only")):
            with pytest.raises(BadLog, match=why):
                SqliteStore(disk / name, sync=Sync.ALWAYS)
        remount(disk, "rw")
        assert data(disk / "log.db") == [b"1"]
