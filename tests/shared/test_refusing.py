"""A Redis that answers, and says no: why, what to do, and that it goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.log.rows import BadLog, Unwritable
from emulator.shared.log import SharedLog
from emulator.shared.places import Unreadable
from tests.shared.reading import BRIEF, first_looked, first_written, followed, line, whole
from tests.shared.servers import Server, running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "own", "--appendonly", "no") as server:
        yield server


async def test_without_memory_nothing_is_written_and_all_is_read(own: Server) -> None:
    async with (
        await SharedLog.open(own.url) as log,
        own.asked() as client,
        followed(log) as follower,
    ):
        (before,) = await log.append([line(b"1")])
        await client.config_set("maxmemory", "1")
        for _ in range(3):
            with pytest.raises(Unwritable, match="no memory left; raise its `maxmemory`"):
                await log.append([line(b"2"), line(b"3")])
            assert (await log.look()).position == before
        async with await SharedLog.open(f"{own.url}") as late:
            assert (await late.look()).stamp
        with pytest.raises(Unwritable, match="no memory left"):
            await log.keep(before, b"x")
        await client.config_set("maxmemory", "0")
        (after,) = await log.append([line(b"4")])
        await follower.reach(after)
        assert [one.data for one in follower.found] == [b"1", b"4"]


async def test_a_batch_that_memory_came_too_short_for_is_known_not_to_be_there(
    own: Server,
) -> None:
    async with await SharedLog.open(own.url) as log, own.asked() as client:
        await log.look()
        await client.config_set("maxmemory", "1")
        asked = [asyncio.create_task(log.append([line(b"%d" % n)])) for n in range(50)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(one) for one in told} == {Unwritable}
        assert await whole(log) == []


async def test_a_replica_is_neither_written_nor_read(own: Server) -> None:
    url = own.url
    async with (
        await SharedLog.open(url, within=BRIEF) as log,
        own.asked() as client,
        followed(log) as follower,
    ):
        await follower.reach((await log.append([line(b"1")]))[0])
        await client.replicaof("127.0.0.1", "1")
        with pytest.raises(Unwritable, match="it is a replica, and only its master"):
            await log.append([line(b"2")])
        with pytest.raises(Unreadable, match="it is a replica, and only its master"):
            await log.look()
        with pytest.raises(BadLog, match="it is a replica, and only its master"):
            await SharedLog.open(url)
        await client.replicaof("no", "one")
        await follower.reach(await first_written(log, b"3"))
        assert [one.data for one in follower.found] == [b"1", b"3"]
        await first_looked(log)
        assert await whole(log) == [b"1", b"3"]


async def test_an_evicting_one_is_refused(own: Server) -> None:
    async with own.asked() as client:
        await client.config_set("maxmemory", "100mb")
        await client.config_set("maxmemory-policy", "volatile-lru")
        with pytest.raises(BadLog, match="`maxmemory-policy` is volatile-lru"):
            await SharedLog.open(own.url)
        await client.config_set("maxmemory-policy", "noeviction")
        await (await SharedLog.open(own.url)).close()


async def test_what_would_be_lost_is_said(own: Server, caplog: pytest.LogCaptureFixture) -> None:
    async with own.asked() as client:
        await client.config_set("maxmemory-policy", "allkeys-lru")
        await (await SharedLog.open(own.url)).close()
        assert [record.message.partition(": ")[2][:30] for record in caplog.records] == [
            "its `appendonly` is no, so tha",
            "its `maxmemory-policy` is not ",
        ]
        caplog.clear()
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("appendonly", "yes")
        await client.config_set("appendfsync", "everysec")
        await (await SharedLog.open(own.url)).close()
        assert "`appendfsync` is everysec" in caplog.text
        caplog.clear()
        await client.config_set("appendfsync", "always")
        await (await SharedLog.open(own.url)).close()
        assert not caplog.records


async def test_a_password_is_wanted_and_not_shown(own: Server) -> None:
    where = f"unix://{own.socket}"
    async with own.asked() as client:
        await client.config_set("requirepass", "hush")
        with pytest.raises(BadLog, match="it wants a password"):
            await SharedLog.open(where)
        with pytest.raises(BadLog, match="not with this password") as told:
            await SharedLog.open(f"unix://:secret@{own.socket}")
        assert "secret" not in str(told.value)
        async with await SharedLog.open(f"unix://:hush@{own.socket}") as log:
            await log.append([line(b"1")])
            await client.config_set("requirepass", "other")
            await client.client_kill_filter(_type="normal", skipme=True)
            with pytest.raises(Unreadable, match="not with this password"):
                await log.look()


async def test_a_user_needs_no_more_than_is_written_down(own: Server) -> None:
    """The rule stands in the documentation."""
    text = (Path(__file__).parents[2] / "docs" / "redis.md").read_text()
    (rule,) = [one for one in text.splitlines() if one.startswith("ACL SETUSER")]
    async with own.asked() as client:
        await client.execute_command(*rule.replace("PASSWORD", "hush").split())
        async with (
            await SharedLog.open(f"unix://understudy:hush@{own.socket}") as log,
            followed(log) as follower,
        ):
            (position,) = await log.append([line(b"1")])
            await follower.reach(position)
            await log.look()
            assert await log.turn()
            assert await log.keep(position, b"x")
            assert await log.latest() == (position, b"x")
        await client.execute_command("ACL", "SETUSER", "understudy", "-evalsha")
        with pytest.raises(BadLog, match="may not do what a log needs"):
            await SharedLog.open(f"unix://understudy:hush@{own.socket}")


async def test_another_programs_data_is_left_alone(own: Server) -> None:
    async with own.asked() as client:
        await client.set("{understudy:mine}:log", "1")
        with pytest.raises(BadLog, match="another program's data"):
            await SharedLog.open(f"unix://{own.socket}?name=mine")
        assert await client.get("{understudy:mine}:log") == b"1"


async def test_a_newer_log_is_left_alone(own: Server) -> None:
    url = own.url
    async with await SharedLog.open(url) as log, own.asked() as client:
        await client.hset(log._state.keys.log, "format", 2)
        with pytest.raises(BadLog, match="of a newer version"):
            await SharedLog.open(url)
