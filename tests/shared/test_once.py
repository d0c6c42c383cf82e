"""A batch whose answer is lost is in the log once, and one that is given up never comes later."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.log.rows import Unwritable
from emulator.shared import following
from emulator.shared.log import SharedLog
from emulator.shared.places import Unreadable, Unsure
from emulator.shared.wire import Wire
from tests.shared.reading import BRIEF, first_looked, first_written, followed, line, whole
from tests.shared.servers import NAMES, Server, Way, running


@pytest.fixture
async def way(redis: Server) -> AsyncIterator[Way]:
    way = Way(redis.socket)
    await way.begin()
    yield way
    await way.end()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "own") as server:
        yield server


async def test_an_answer_that_is_lost_is_had_again(way: Way) -> None:
    async with await SharedLog.open(way.url(f"once-{next(NAMES)}")) as log:
        for number in range(10):
            way.losing = b"lost %d" % number
            (lost,) = await log.append([line(b"lost %d" % number)])
            assert way.lost == number + 1
            (next_,) = await log.append([line(b"next")])
            assert lost < next_
        expected = [part for n in range(10) for part in (b"lost %d" % n, b"next")]
        assert await whole(log) == expected


async def test_connections_that_are_killed_are_made_again(redis: Server) -> None:
    async with await SharedLog.open(redis.url) as log, followed(log) as follower:
        for number in range(20):
            appending = asyncio.create_task(log.append([line(b"%d" % number)]))
            looking = asyncio.create_task(log.look())
            await asyncio.sleep(0)
            await redis.cut()
            (position,) = await appending
            await looking
        await follower.reach(position)
        assert [one.data for one in follower.found] == [b"%d" % n for n in range(20)]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    deeds=st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["", "", "lose", "kill"])), max_size=12
    )
)
async def test_whatever_breaks_each_batch_is_there_once(
    redis: Server, deeds: list[tuple[int, str]]
) -> None:
    way = Way(redis.socket)
    await way.begin()
    async with (
        await SharedLog.open(way.url(f"once-{next(NAMES)}")) as log,
        followed(log) as follower,
    ):
        expected, position = [], None
        for number, (size, breaks) in enumerate(deeds):
            data = b"<%d>" % number
            if breaks == "lose":
                way.losing = data
            appending = asyncio.create_task(log.append([line(data)] * size))
            if breaks == "kill":
                await asyncio.sleep(0)
                await redis.cut()
            position = (await appending)[-1]
            expected += [data] * size
        if position is not None:
            await follower.reach(position)
        assert [one.data for one in follower.found] == expected
        assert await whole(log) == expected
    await way.end()


async def test_a_cut_network_is_told_and_got_over(way: Way) -> None:
    name = f"once-{next(NAMES)}"
    async with await SharedLog.open(way.url(name), within=BRIEF) as log, followed(log) as follower:
        await log.append([line(b"before")])
        way.cut()
        with pytest.raises((Unwritable, Unsure), match=r"Redis at .* it is tried again by itself"):
            await log.append([line(b"while")])
        with pytest.raises(Unreadable, match="cannot be reached"):
            await log.look()
        assert log.why
        await way.begin()
        position = await first_written(log, b"after")
        await first_looked(log)
        await follower.reach(position)
        assert [one.data for one in follower.found] == [b"before", b"after"]
        assert await whole(log) == [b"before", b"after"]
        assert not log.why


async def test_an_answer_that_never_comes_is_not_known(way: Way, redis: Server) -> None:
    """The batch is in the log, but nobody could say so in time."""
    name = f"once-{next(NAMES)}"
    async with await SharedLog.open(way.url(name), within=BRIEF) as log:
        await log.look()
        way.losing = b"unsure"
        appending = asyncio.create_task(log.append([line(b"unsure")]))
        while not way.lost:
            await asyncio.sleep(0)
        way.cut()
        with pytest.raises(Unsure, match="may have written"):
            await appending
        with pytest.raises(Unwritable):
            await log.append([line(b"not sent")])
        async with await SharedLog.open(f"unix://{redis.socket}?name={name}") as other:
            assert await whole(other) == [b"unsure"]


async def test_what_is_given_up_does_not_come_later(own: Server) -> None:
    """A server that is paused has it in its buffer, and reads it when it goes on."""
    url = own.url
    async with await SharedLog.open(url, within=BRIEF) as log, followed(log) as follower:
        await log.append([line(b"before")])
        await log.look()
        own.send(signal.SIGSTOP)
        looking = asyncio.create_task(log.look())
        with pytest.raises(Unsure, match=r"has not answered for 0\.75 s"):
            await log.append([line(b"given up")])
        with pytest.raises(Unreadable):
            await looking
        for _ in range(100):
            with pytest.raises(Unreadable):
                await log.look()
            with pytest.raises(Unwritable):
                await log.append([line(b"not sent")])
        own.send(signal.SIGCONT)
        position = await first_written(log, b"after")
        await first_looked(log)
        await follower.reach(position)
        assert [one.data for one in follower.found] == [b"before", b"after"]
        async with own.asked() as client:
            assert (await client.info("errorstats")).get("errorstat_LATE", {}) == {"count": 1}


async def test_a_network_that_carries_nothing_is_found_out(way: Way) -> None:
    """No connection breaks: there is only silence."""
    name = f"once-{next(NAMES)}"
    with patch.object(following, "PATIENCE", 50):
        async with (
            await SharedLog.open(way.url(name), within=BRIEF) as log,
            followed(log) as follower,
        ):
            await follower.reach((await log.append([line(b"before")]))[0])
            way.holding = True
            looking = asyncio.create_task(log.look())
            with pytest.raises(Unsure, match="has not answered"):
                await log.append([line(b"into the void")])
            with pytest.raises(Unreadable, match="has not answered"):
                await looking
            way.holding = False
            await follower.reach(await first_written(log, b"after"))
            await first_looked(log)
            assert [one.data for one in follower.found] == await whole(log)
            assert await whole(log) == [b"before", b"after"]


async def test_a_clock_that_runs_ahead_has_a_batch_refused_and_no_more(redis: Server) -> None:
    async with await SharedLog.open(redis.url) as log:
        with (
            patch.object(Wire, "at", lambda *_: 1),
            pytest.raises(Unwritable, match="told too late"),
        ):
            await log.append([line(b"1")])
        await log.append([line(b"2")])
        assert await whole(log) == [b"2"]


async def test_a_redis_that_has_forgotten_the_scripts_is_told_them_again(redis: Server) -> None:
    async with (
        await SharedLog.open(redis.url) as log,
        followed(log) as follower,
        redis.asked() as client,
    ):
        for number in range(3):
            await client.script_flush()
            (position,) = await log.append([line(b"%d" % number)])
            await follower.reach(position)
            assert (await log.look()).position == position
        assert await whole(log) == [b"0", b"1", b"2"]
