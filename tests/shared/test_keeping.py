"""Snapshots: the last one is there whole, what it stands for goes, and who is behind is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest

from emulator.shared import keeping, scripts
from emulator.shared.log import SharedLog
from emulator.shared.places import BEGINNING, Behind, Lost, Position
from tests.shared.reading import followed, line, read
from tests.shared.servers import NAMES, Server, Way


@pytest.fixture
async def log(redis: Server) -> AsyncIterator[SharedLog]:
    async with await SharedLog.open(redis.url) as log:
        yield log


async def parts(redis: Server, log: SharedLog) -> int:
    """How many parts of snapshots there are."""
    async with redis.asked() as client:
        return len([key async for key in client.scan_iter(f"{log._state.keys.part}:*")])


async def test_there_is_none_at_first(log: SharedLog) -> None:
    assert await log.latest() is None
    await log.append([line(b"1")])
    assert await log.latest() is None


@pytest.mark.parametrize("size", [0, 1, 10, 11, 95])
async def test_one_is_had_as_it_was_kept(redis: Server, log: SharedLog, size: int) -> None:
    (at,) = await log.append([line(b"1")])
    data = bytes(range(size))
    with patch.object(keeping, "PART", 10):
        assert await log.keep(at, data)
    assert await log.latest() == (at, data)
    assert await parts(redis, log) == -(-size // 10)


async def test_a_later_one_takes_the_place_of_an_older(redis: Server, log: SharedLog) -> None:
    one, two, three = await log.append([line(b"1"), line(b"2"), line(b"3")])
    assert await log.keep(two, b"2" * 3_000_000)
    assert await parts(redis, log) == 3
    assert not await log.keep(two, b"again")
    assert not await log.keep(one, b"older")
    assert await log.latest() == (two, b"2" * 3_000_000)
    assert await parts(redis, log) == 3
    assert await log.keep(three, b"3")
    assert await log.latest() == (three, b"3")
    assert await parts(redis, log) == 1


async def test_none_is_ahead_of_the_log(log: SharedLog) -> None:
    (at,) = await log.append([line(b"1")])
    with pytest.raises(ValueError, match="is ahead of the log"):
        await log.keep(Position(at.stamp, 1), b"")


async def test_what_it_stands_for_goes_and_who_is_behind_is_told(log: SharedLog) -> None:
    places = [(await log.append([line(b"%d" % n)]))[0] for n in range(10)]
    await log.keep(places[4], b"to 4", margin=0)
    for after in (BEGINNING, *places[:3]):
        with pytest.raises(Behind, match=f"begins after {places[3]}") as told:
            await read(log, 1, after)
        assert not isinstance(told.value, Lost)
    for number in (3, 4, 7):
        found = await read(log, 9 - number, places[number])
        assert [one.data for one in found] == [b"%d" % n for n in range(number + 1, 10)]
    snapshot = await log.latest()
    assert snapshot is not None
    assert (await read(log, 5, snapshot.position))[0].data == b"5"


async def test_a_margin_is_left(log: SharedLog) -> None:
    places = [(await log.append([line(b"%d" % n)]))[0] for n in range(10)]
    await log.keep(places[9], b"all")
    assert len(await read(log, 10)) == 10
    (last,) = await log.append([line(b"10")])
    await log.keep(last, b"all", margin=last.stamp - places[5].stamp)
    with pytest.raises(Behind):
        await read(log, 1, places[3])
    assert len(await read(log, 6, places[4])) == 6


async def test_one_who_falls_behind_while_reading_is_told(log: SharedLog) -> None:
    """Redis itself would go on with the next entry there is, as if nothing were missing."""
    (first,) = await log.append([line(b"0")])
    following = log.follow(BEGINNING)
    assert [one.data for one in await anext(following)] == [b"0"]
    places = [(await log.append([line(b"%d" % n)]))[0] for n in range(1, 5)]
    await log.keep(places[2], b"to 3", margin=0)
    with pytest.raises(Behind):
        await anext(following)
    assert first < places[0]


async def test_everything_gone_but_the_last_goes_on(log: SharedLog) -> None:
    (last,) = await log.append([line(b"0")])
    async with followed(log) as follower:
        for number in range(1, 30):
            (last,) = await log.append([line(b"%d" % number)])
            await follower.reach(last)
            await log.keep(last, b"all", margin=0)
        assert len(follower.found) == 30
        assert (await log.look()).position == last


async def test_an_unfinished_one_changes_nothing_and_goes_by_itself(
    redis: Server, log: SharedLog
) -> None:
    one, two = await log.append([line(b"1"), line(b"2")])
    await log.keep(one, b"1")
    with patch.object(keeping, "PART", 10):
        unfinished = asyncio.create_task(log.keep(two, bytes(10_000)))
        async with redis.asked() as client:
            while await parts(redis, log) < 5:
                await asyncio.sleep(0)
            unfinished.cancel()
            await asyncio.gather(unfinished, return_exceptions=True)
            left = [key async for key in client.scan_iter(f"{log._state.keys.part}:*")]
            lasting = [await client.pttl(key) for key in left]
    assert len(left) > 2
    assert sorted(lasting)[0] == -1
    assert all(0 < one <= keeping.PASSING for one in sorted(lasting)[1:])
    assert await log.latest() == (one, b"1")
    assert await log.keep(two, b"2")


async def test_one_is_read_whole_though_another_takes_its_place(
    redis: Server, log: SharedLog
) -> None:
    places = await log.append([line(b"%d" % n) for n in range(30)])
    async with await SharedLog.open(f"unix://{redis.socket}?name={log._state.address.name}") as by:
        with patch.object(keeping, "PART", 10):
            await log.keep(places[0], b"0" * 200)
            reading = asyncio.create_task(by.latest())
            for number in range(1, 4):
                await log.keep(places[number], b"%d" % number * 200)
            found = await reading
    assert found is not None
    assert found in [(places[n], b"%d" % n * 200) for n in range(4)]


async def test_one_whose_answer_is_lost_is_there(redis: Server) -> None:
    """Every request is done twice: the first time nobody hears of it."""
    way = Way(redis.socket)
    await way.begin()
    async with await SharedLog.open(way.url(f"kept-{next(NAMES)}")) as log:
        (at,) = await log.append([line(b"1")])
        words = (b"GET", b"aaaaaaaaaa", b"bbbbbbbbbb", scripts.keep.digest.encode())
        for number, word in enumerate(words, 1):
            way.losing = word
            if number == 1:
                assert await log.turn()
            elif number == 2:
                with patch.object(keeping, "PART", 10):
                    assert await log.keep(at, b"a" * 10)
            else:
                (at,) = await log.append([line(b"1")])
                assert await log.keep(at, b"b" * 10)
            assert way.lost == number
        assert await log.latest() == (at, b"b" * 10)
        async with redis.asked() as client:
            key = [key async for key in client.scan_iter(f"{log._state.keys.part}:*")]
            assert [await client.pttl(one) for one in key] == [-1]
    await way.end()


async def test_one_at_a_time_has_the_turn(redis: Server, log: SharedLog) -> None:
    (at,) = await log.append([line(b"1")])
    async with await SharedLog.open(f"unix://{redis.socket}?name={log._state.address.name}") as by:
        assert sorted(await asyncio.gather(log.turn(), by.turn())) == [False, True]
        first, second = (log, by) if await log.turn() else (by, log)
        assert not await second.turn()
        assert await second.keep(at, b"1")
        assert not await second.turn()
        assert await first.keep(at, b"1") is False
        assert await second.turn()
        async with redis.asked() as client:
            assert 0 < await client.pttl(log._state.keys.lock) <= keeping.TURN
