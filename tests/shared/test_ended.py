"""A Redis that ends and comes again: with all it had, or without some of it, which is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from emulator.log.rows import BadLog, Unwritable
from emulator.shared.log import SharedLog
from emulator.shared.places import BEGINNING, Lost, Position, Unreadable, Unsure
from tests.shared.reading import BRIEF, Follower, first_looked, first_written, followed, line, whole
from tests.shared.servers import Server, running

ROUNDS = 8
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Server]:
    """It has everything on the disk before it says so."""
    with running(tmp_path / "own", *DURABLE) as server:
        yield server


@pytest.fixture
def fleeting(tmp_path: Path) -> Iterator[Server]:
    """It comes back with nothing."""
    with running(tmp_path / "own", "--appendonly", "no") as server:
        yield server


async def write(log: SharedLog, name: str, said: dict[bytes, Position], enough: int) -> None:
    """Append until so much was acknowledged; one after the other, whatever happens in between."""
    number = 0
    while sum(data.startswith(name.encode()) for data in said) < enough:
        number += 1
        data = f"{name} {number}".encode()
        try:
            (said[data],) = await log.append([line(data)])
        except (Unwritable, Unsure):
            await log._appending.link.there()


async def test_nothing_acknowledged_is_lost_and_nobody_begins_anew(durable: Server) -> None:
    """Killed at any instant, over and over, while workers write, read and look."""
    random, url = Random(1), durable.url
    logs = [await SharedLog.open(url) for _ in range(2)]
    followers = [Follower(log) for log in logs]
    said: dict[bytes, Position] = {}
    stamps: list[int] = []
    for _ in range(ROUNDS):
        enough = random.randrange(1, 60)
        writing = [
            asyncio.create_task(write(log, f"{n} {len(said)}", said, enough))
            for n, log in enumerate(logs)
            for _ in range(1)
        ]
        await asyncio.wait([*writing], return_when=asyncio.FIRST_COMPLETED)
        durable.kill()
        durable.start()
        await asyncio.wait_for(asyncio.gather(*writing), 60)
        looked = await first_looked(logs[0])
        stamps.append(looked)
    last = max(said.values())
    for log, follower in zip(logs, followers, strict=True):
        await follower.reach(last)
        assert {one.data: one.position for one in follower.found}.items() >= said.items()
        places = [one.position for one in follower.found]
        assert places == sorted(set(places))
        assert len({one.data for one in follower.found}) == len(follower.found)
        follower.task.cancel()
        await asyncio.gather(follower.task, return_exceptions=True)
        await log.close()
    assert followers[0].found == followers[1].found
    assert stamps == sorted(stamps)


async def test_a_short_end_is_waited_for(durable: Server) -> None:
    async with await SharedLog.open(durable.url, within=30) as log, followed(log) as follower:
        await log.append([line(b"1")])
        durable.kill()
        looking = asyncio.create_task(log.look())
        appending = asyncio.create_task(log.append([line(b"2")]))
        durable.start()
        (position,) = await appending
        await looking
        await follower.reach(position)
        assert [one.data for one in follower.found] == [b"1", b"2"]


async def test_a_long_one_is_told_at_once_until_it_is_over(durable: Server) -> None:
    async with await SharedLog.open(durable.url, within=BRIEF) as log:
        await log.append([line(b"1")])
        durable.kill()
        with pytest.raises((Unwritable, Unsure), match="cannot be reached"):
            await log.append([line(b"2")])
        with pytest.raises(Unreadable, match="cannot be reached"):
            await log.look()
        for _ in range(1000):
            with pytest.raises(Unwritable, match="cannot be reached"):
                await log.append([line(b"2")])
        assert "cannot be reached" in log.why
        durable.start()
        await first_written(log, b"3")
        await first_looked(log)
        assert (await whole(log))[-1] == b"3"
        assert b"2" not in (await whole(log))


async def test_looks_write_nothing_but_how_far_they_go(durable: Server) -> None:
    async with await SharedLog.open(durable.url) as log, durable.asked() as client:
        await log.append([line(b"1")])
        far = (await log.look()).stamp + 3_600_000_000
        await client.hset(log._state.keys.log, "ahead", far)
        before = (await client.info("persistence"))["aof_current_size"]
        for _ in range(100):
            await log.look()
        assert (await client.info("persistence"))["aof_current_size"] == before
        await client.hset(log._state.keys.log, "ahead", 0)
        before = (await client.info("persistence"))["aof_current_size"]
        await log.look()
        assert (await client.info("persistence"))["aof_current_size"] > before


async def test_stamps_go_on_from_where_looks_had_come(durable: Server) -> None:
    """What looks were given is not in the append-only file; the clock may have gone back since."""
    url = durable.url
    async with await SharedLog.open(url) as log:
        async with durable.asked() as client:
            far = (await log.look()).stamp + 3_600_000_000
            await client.hset(log._state.keys.log, "last", far)
        looked = await log.look()
        assert looked.stamp == far
        async with durable.asked() as client:
            await client.hset(log._state.keys.log, "last", 0)
        durable.kill()
        durable.start()
        assert await first_looked(log) >= far
        (position,) = await log.append([line(b"1")])
        assert position.stamp >= far


async def test_a_log_that_is_gone_is_told_until_it_is_begun_anew(fleeting: Server) -> None:
    async with await SharedLog.open(fleeting.url) as log, followed(log) as follower:
        (position,) = await log.append([line(b"1")])
        await follower.reach(position)
        fleeting.kill()
        fleeting.start()
        with pytest.raises(Lost, match="the log is gone"):
            await follower.reach(Position(position.stamp + 1, 0))
        for _ in range(3):
            with pytest.raises(Lost):
                await log.append([line(b"2")])
            with pytest.raises(Lost):
                await log.look()
            with pytest.raises(Lost):
                await anext(log.follow(position))
            with pytest.raises(Lost):
                await log.turn()
        assert await log.latest() is None
        await log.append([line(b"3")])
        assert await whole(log) == [b"3"]


async def test_a_log_that_was_emptied_under_way_is_told(redis: Server) -> None:
    async with await SharedLog.open(redis.url) as log:
        await log.append([line(b"1")])
        async with redis.asked() as client:
            keys = log._state.keys
            await client.delete(keys.log, keys.stream)
        with pytest.raises(Lost):
            await log.append([line(b"2")])
        with pytest.raises(Lost):
            await log.look()
        assert await log.latest() is None
        assert await whole(log) == []


async def test_a_log_without_its_last_writes_is_told(durable: Server) -> None:
    """As after a loss of power with `appendfsync everysec`, though others have written since."""
    url = durable.url
    async with await SharedLog.open(url) as log:
        (first,) = await log.append([line(b"1")])
        durable.kill()
        parts = sorted((durable.folder / "appendonlydir").glob("*.incr.aof"))
        size = parts[-1].stat().st_size
        durable.start()
        (second,) = await log.append([line(b"2")])
        durable.kill()
        with parts[-1].open("r+b") as file:
            file.truncate(size)
        durable.start()
        async with await SharedLog.open(url) as other:
            assert await whole(other) == [b"1"]
            (third,) = await other.append([line(b"3")])
            assert third > second
            with pytest.raises(Lost, match=f"{second} was in it"):
                await log.append([line(b"4")])
            with pytest.raises(Lost):
                await log.look()
            with pytest.raises(Lost):
                await anext(log.follow(second))
            assert await log.latest() is None
            assert await whole(log) == [b"1", b"3"]
            assert first < third


async def test_a_redis_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="cannot be reached"):
        await SharedLog.open(f"unix://{tmp_path}/none")
    assert Position(1, 0) > BEGINNING
