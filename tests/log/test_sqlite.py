"""What a store in SQLite does with rows, snapshots and the space of those that nothing needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.log.opening import Sync
from emulator.log.rows import Row, Store
from emulator.log.sqlite import SqliteStore
from tests.log.logs import count, gone, kept, line, made, sweeping, told


@pytest.fixture(params=Sync)
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "log.db", sync=request.param) as opened:
        yield opened


def reopened(store: SqliteStore) -> SqliteStore:
    store.close()
    return SqliteStore(store.path, sync=Sync.BATCH)


def test_it_is_a_store(store: SqliteStore) -> None:
    port: Store = store
    assert port.last == 0
    assert port.append([]) == 0


def test_a_commit_is_flushed_or_left_to_the_kernel_as_asked(tmp_path: Path) -> None:
    for sync, level in ((Sync.ALWAYS, 2), (Sync.BATCH, 1)):
        with SqliteStore(tmp_path / f"{sync}.db", sync=sync) as store:
            assert store._db.execute("PRAGMA synchronous").fetchone() == (level,)
            assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_file_is_for_its_owner_alone(store: SqliteStore) -> None:
    store.append([made()])
    for one in store.path.parent.iterdir():
        assert one.stat().st_mode & 0o777 == 0o600, one


def test_another_thread_may_write(store: SqliteStore) -> None:
    thread = threading.Thread(target=lambda: store.append([made(), line()]))
    thread.start()
    thread.join()
    assert store.last == 2


def test_a_batch_with_a_row_that_does_not_fit_leaves_nothing(store: SqliteStore) -> None:
    store.append([made("a")])
    before = told(store)
    for row in (line(world="b"), gone("b"), made("a")):
        with pytest.raises(ValueError, match=r"'[ab]'"):
            store.append([line(world="a"), made("c"), row])
    with pytest.raises(OverflowError):
        store.append([made("c"), Row(world="c", kind="entry", at=2**63, data=b"")])
    assert told(store) == before
    assert store.append([line(world="a")]) == 2
    assert told(store) != before


def test_a_name_is_free_again_in_the_same_batch(store: SqliteStore) -> None:
    store.append([made(data=b"1"), line(b"1")])
    store.append([line(b"1"), gone(), made(data=b"2"), line(b"2"), gone(), made(data=b"3")])
    store.append([line(b"3")])
    store = reopened(store)
    ((row, snapshot, rows),) = told(store)
    assert (row.data, row.position, snapshot) == (b"3", 8, None)
    assert [(one.data, one.position) for one in rows] == [(b"3", 9)]
    store.close()


def test_positions_go_on_though_the_last_rows_are_gone(store: SqliteStore) -> None:
    store.append([made(), line(), line(), gone()])
    store = reopened(store)
    assert (store.last, told(store)) == (4, [])
    store.append([made(), line()])
    store.drop("w")
    store = reopened(store)
    assert store.append([made()]) == 7
    store.keep(kept(7))
    assert store.append([line()]) == 8
    store.keep(kept(8))
    store = reopened(store)
    assert (store.last, count(store)) == (8, 0)
    store.close()


def test_a_late_snapshot_is_not_kept(store: SqliteStore) -> None:
    store.append([made(), line(), line()])
    assert store.keep(kept(3))
    assert not store.keep(kept(2))
    assert not store.keep(kept(3, "nobody"))
    store.append([gone(), made(), line()])
    assert not store.keep(kept(3))
    ((_, snapshot, rows),) = told(store)
    assert (snapshot, len(rows)) == (None, 1)


def test_many_rows_are_freed_a_few_at_a_time(store: SqliteStore) -> None:
    with sweeping(10):
        store.append([made(), *[line()] * 35])
        store.append([made("other"), line(world="other")])
        assert store.keep(kept(33))
        assert count(store) == 26
        assert [len(rows) for _, _, rows in told(store)] == [3, 1]
        store = reopened(store)
        assert [store.sweep() for _ in range(4)] == [True, True, False, False]
        assert [len(rows) for _, _, rows in told(store)] == [3, 1]
        assert count(store) == 4
        assert store.keep(kept(38, "other"))
        assert store.drop("other")
        assert (count(store), count(store, "worlds"), count(store, "spent")) == (3, 1, 0)
        assert count(store, "kept") == 1
        store.close()


def test_space_is_used_again(store: SqliteStore) -> None:
    store.append([made()])
    sizes = []
    for _ in range(12):
        for _ in range(10):
            store.append([line(bytes(500))] * 100)
        store.keep(kept(store.last, data=bytes(50_000)))
        store._db.execute("PRAGMA wal_checkpoint")
        sizes.append(store.path.stat().st_size)
    assert max(sizes) < sizes[0] * 1.5, sizes


def test_worlds_can_be_gone_through_in_any_order(store: SqliteStore) -> None:
    store.append([made("a"), made("b"), *[line(world="a"), line(world="b")] * 3])
    first, second = store.load()
    assert [one.position for one in second.rows] == [4, 6, 8]
    assert [one.position for one in first.rows] == [3, 5, 7]
