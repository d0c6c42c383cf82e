"""A log that cannot be written, or not be read: a clear error, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.memory import QUEUE, WORLDS, Line, Memory
from tests.live.serving import Serving, run
from tests.live.test_killed import held
from tests.live.test_killed import serving as served
from tests.log.disks import fill, remount, small
from tests.server.caller import CREATE, LITE, VEO

MOST = 3000
"""Calls after which a disk is full, or has room again."""

CLIENTS = 6


async def until(status: int, port: int, memories: list[Memory]) -> None:
    """Clients of both providers submit until each has been answered so, and read all the while."""

    async def client(memory: Memory, nth: int) -> None:
        line = await Line.open(port, memory.key)
        for _ in range(MOST):
            if nth % 2:
                got, told = await line.call("POST", CREATE, LITE)
                ids = [told["operation"].rpartition("/")[2]] if got == 200 else []
            else:
                got, told = await line.call("POST", QUEUE, VEO)
                ids = [told["generations"][0]["generation_id"]] if got == 200 else []
            memory.jobs |= dict.fromkeys(ids, "")
            assert (await line.call("GET", QUEUE))[0] == 200
            if got == status:
                break
            assert got in (200, 503), told
        else:
            raise AssertionError(f"it never answered {status}")
        if got == 503:
            code = told["error"]["code"] if nth % 2 else told["status_message"]
            assert code == "unavailable"
        await line.close()

    async with asyncio.TaskGroup() as clients:
        for nth in range(CLIENTS):
            clients.create_task(client(memories[nth % len(memories)], nth))


async def refused(port: int, memories: list[Memory]) -> None:
    """Nothing is taken on, on any way, and everything that was is there."""
    for memory in memories:
        line, path = await Line.open(port, memory.key), f"{WORLDS}/{memory.key}"
        for id in memory.jobs:
            assert (await line.call("DELETE", f"{QUEUE}/{id}"))[0] in (404, 503)
        money = {"provider": "oxen", "top_up": "1"}
        status, told = await line.call("POST", f"{path}/ledger", money)
        assert status == 503
        assert "log.db: the disk" in told["error"]["message"]
        before = await line.good("GET", f"{path}/jobs")
        assert {job["id"] for job in before["jobs"]} == memory.jobs.keys()
        await line.close()


def goes_on(
    path: Path, sync: str, fails: Callable[[Serving], None], mends: Callable[[], None]
) -> None:
    """A server meets a disk that fails, then mends, and is killed in the end."""
    memories = [Memory("somebody-1"), Memory("somebody-2")]
    with served(path, sync) as server:
        asyncio.run(until(200, server.port, memories))
        fails(server)
        asyncio.run(until(503, server.port, memories))
        asyncio.run(refused(server.port, memories))
        mends()
        asyncio.run(until(200, server.port, memories))
        asyncio.run(held(server.port, memories))
        server.process.kill()
        said = server.process.communicate()[1].splitlines()
    assert len(said) >= 2
    assert "the log cannot be written, and commands are refused: " in said[0]
    assert said[-1] == "the log can be written again"
    with served(path, sync) as server:
        asyncio.run(held(server.port, memories))


@pytest.mark.slow
@pytest.mark.parametrize("sync", ["always", "batch"])
def test_a_disk_that_is_full_for_a_while(tmp_path: Path, sync: str) -> None:
    with small(tmp_path / "disk", "4m") as disk:
        ballast: list[Path] = []
        goes_on(
            disk / "log.db",
            sync,
            lambda _: ballast.append(fill(disk)),
            lambda: ballast.pop().unlink(),
        )


@pytest.mark.slow
def test_a_disk_that_fails_for_a_while(tmp_path: Path) -> None:
    """The kernel refuses to let the server's files grow."""
    before: list[tuple[int, tuple[int, int]]] = []

    def fails(server: Serving) -> None:
        pid, size = server.process.pid, (tmp_path / "log.db-wal").stat().st_size
        was = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        before.append((pid, was))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, was[1]))

    def mends() -> None:
        pid, was = before.pop()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, was)

    goes_on(tmp_path / "log.db", "batch", fails, mends)


async def left(port: int, memory: Memory) -> None:
    """Some of the jobs are there, the first ones, and the books balance."""
    line, path = await Line.open(port, memory.key), f"{WORLDS}/{memory.key}"
    ids = [job["id"] for job in (await line.good("GET", f"{path}/jobs"))["jobs"]]
    assert set() < set(ids) < set(memory.jobs)
    accounts = (await line.good("GET", f"{path}/ledger"))["accounts"]
    assert all(account["balances"] for account in accounts.values())
    await line.close()


@contextmanager
def a_log(folder: Path) -> Iterator[Path]:
    """The file of a server that was killed."""
    memory, path = Memory("somebody"), folder / "log.db"
    with served(path, "batch") as server:
        asyncio.run(until(200, server.port, [memory]))
    yield path
    with served(path, "batch") as server:
        asyncio.run(held(server.port, [memory]))


def complaint(path: Path) -> str:
    """What a server says that does not start."""
    ended = run("serve", "--port", "0", "--log", str(path))
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_a_disk_that_is_read_only_is_told_and_left_alone(tmp_path: Path) -> None:
    with small(tmp_path / "disk", "4m") as disk, a_log(disk) as path:
        remount(disk, "ro")
        try:
            assert "can be read but not written" in complaint(path)
        finally:
            remount(disk, "rw")


def test_a_file_that_another_server_has_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with served(path, "batch"):
        assert "another process has it open" in complaint(path)


def test_a_file_of_a_newer_version_is_told_and_left_alone(tmp_path: Path) -> None:
    with a_log(tmp_path) as path:
        with sqlite3.connect(path) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version = {version + 1}")
        db.close()
        assert "use a newer one" in complaint(path)
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version = {version}")
        db.close()


def test_a_line_that_is_none_is_told_and_left_alone(tmp_path: Path) -> None:
    with a_log(tmp_path) as path:
        with sqlite3.connect(path) as db:
            (data,) = db.execute("SELECT data FROM lines WHERE position = 2").fetchone()
            db.execute("UPDATE lines SET data = ? WHERE position = 2", (data[:-3],))
        db.close()
        assert "is not a command" in complaint(path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE lines SET data = ? WHERE position = 2", (data,))
        db.close()


def test_a_corrupt_tail_is_told_and_put_aside(tmp_path: Path) -> None:
    memory, path = Memory("somebody"), tmp_path / "log.db"
    with served(path, "batch") as server:
        for _ in range(5):
            asyncio.run(until(200, server.port, [memory]))
    tail = path.with_name("log.db-wal")
    wal = bytearray(tail.read_bytes())
    wal[-20_000] ^= 1
    tail.write_bytes(wal)
    with served(path, "batch") as server:
        asyncio.run(left(server.port, memory))
        server.stop()
    assert "log.db was damaged" in server.complained
    assert server.complained.endswith(f"what stood there is in {path}-torn-1\n")
    assert path.with_name("log.db-torn-1").read_bytes() == wal
