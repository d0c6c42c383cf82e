"""What a worker gets from the shared log when nothing goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from emulator.shared.log import SharedLog
from emulator.shared.places import BEGINNING, Draft, Placed
from tests.shared.reading import line, read
from tests.shared.servers import Server


@pytest.fixture
async def log(redis: Server) -> AsyncIterator[SharedLog]:
    async with await SharedLog.open(redis.url) as log:
        yield log


async def test_what_is_appended_is_followed(log: SharedLog) -> None:
    assert await log.append([]) == ()
    one, two = await log.append([Draft("w", "world", b"\x00\xff"), line(b"")])
    (three,) = await log.append([line(b"3", "ä \x00")])
    assert BEGINNING < one < two < three
    assert one.stamp == two.stamp <= three.stamp
    by = log.worker
    assert await read(log, 3) == [
        Placed(one, "w", "world", b"\x00\xff", by),
        Placed(two, "w", "entry", b"", by),
        Placed(three, "ä \x00", "entry", b"3", by),
    ]
    assert [entry.position for entry in await read(log, 1, two)] == [three]


async def test_a_look_at_an_empty_log(log: SharedLog) -> None:
    first, second = await log.look(), await log.look()
    assert first.position == second.position == BEGINNING
    assert 0 < first.stamp <= second.stamp


async def test_a_look_sees_what_was_appended_and_nothing_comes_before_it(log: SharedLog) -> None:
    for _ in range(20):
        (position,) = await log.append([line(b"")])
        looked = await log.look()
        assert looked.position == position
        assert position.stamp <= looked.stamp
        (later,) = await log.append([line(b"")])
        assert looked.stamp <= later.stamp


async def test_looks_at_once_are_two_at_the_most(redis: Server, log: SharedLog) -> None:
    await log.look()
    async with redis.asked() as client:
        before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
        looked = await asyncio.gather(*(log.look() for _ in range(100)))
        after = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert after - before == 1
    assert len(set(looked)) == 1


async def test_a_look_that_comes_while_one_is_on_its_way_waits_for_the_next(
    log: SharedLog,
) -> None:
    await log.look()
    early = asyncio.create_task(log.look())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    late = asyncio.create_task(log.look())
    assert (await early).stamp <= (await late).stamp
    assert (await early) != (await late)


async def test_appends_at_once_are_few_batches(redis: Server, log: SharedLog) -> None:
    await log.look()
    async with redis.asked() as client:
        before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
        places = await asyncio.gather(*(log.append([line(b"%d" % n)] * 3) for n in range(500)))
        after = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert after - before == 2
    flat = [place for three in places for place in three]
    assert flat == sorted(set(flat))
    entries = await read(log, 1500)
    assert [(one.position, one.data) for one in entries] == [
        (place, b"%d" % n) for n, three in enumerate(places) for place in three
    ]


async def test_an_append_bigger_than_a_batch_is_one(log: SharedLog) -> None:
    places = await log.append([line(b"x" * 9000)] * 1500)
    assert {place.stamp for place in places} == {places[0].stamp}
    assert [entry.position for entry in await read(log, 1500)] == list(places)


async def test_one_who_is_gone_is_no_harm(log: SharedLog) -> None:
    gone = asyncio.create_task(log.append([line(b"gone")]))
    await asyncio.sleep(0)
    gone.cancel()
    await log.append([line(b"here")])
    looking = asyncio.create_task(log.look())
    await asyncio.sleep(0)
    looking.cancel()
    assert (await log.look()).position
    assert [one.data for one in await read(log, 2)] == [b"gone", b"here"]


async def test_names_and_databases_keep_logs_apart(redis: Server) -> None:
    urls = [redis.url, redis.url, f"{redis.url}&db=3"]
    logs = [await SharedLog.open(url) for url in urls]
    for number, log in enumerate(logs):
        await log.append([line(b"%d" % number)])
    for number, log in enumerate(logs):
        (entry,) = await read(log, 1)
        assert entry.data == b"%d" % number
        await log.close()


async def test_all_keys_are_in_one_slot(redis: Server) -> None:
    url = f"{redis.url}-slot&db=5"
    async with await SharedLog.open(url) as log:
        (place,) = await log.append([line(b"1")])
        assert await log.turn()
        await log.keep(place, b"x", margin=0)
        await log.turn()
    async with redis.asked() as client:
        await client.select(5)
        keys = [key.decode() async for key in client.scan_iter()]
    assert len(keys) == 5
    assert {key.partition("}")[0] for key in keys} == {"{understudy:" + url.split("=")[1][:-3]}


async def test_stamps_are_put_down_ahead_for_a_clock_that_goes_back(
    redis: Server, log: SharedLog
) -> None:
    looked = await log.look()
    async with redis.asked() as client:
        key = log._state.keys.log
        await client.hset(key, "last", looked.stamp + 5_000_000)
        assert (await log.look()).stamp == looked.stamp + 5_000_000
        one, two = (await log.append([line(b"1")])) + (await log.append([line(b"2")]))
        assert one == (looked.stamp + 5_000_000, 0)
        assert two == (looked.stamp + 5_000_000, 1)
        ahead = int(await client.hget(key, "ahead"))
        assert ahead > (await log.look()).stamp
