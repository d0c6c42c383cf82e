from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND, Mode, Pace
from emulator.core.scenario import Ending, PlanRule
from emulator.server import streams
from emulator.server.streams import PATIENCE
from tests.server.caller import FLUX, KLING, LITE, VEO, Caller
from tests.server.inside import House, Talk, body, turns
from tests.server.raw import Line, until

IDLE = b": keep-alive\n\n"


def rules(*ends: int, **more: Any) -> tuple[PlanRule, ...]:
    """A rule for each job: it ends so many seconds after it was submitted."""
    return tuple(
        PlanRule(job=nth, queued=0, running=end * SECOND, **more)
        for nth, end in enumerate(ends, start=1)
    )


def listen(caller: Caller, line: Line) -> bytes:
    line.say("GET", "/api/events", f"Authorization: Bearer {caller.key}")
    return line.head()


def told(id: str, stream: bytes) -> int:
    return stream.count(b'data: {"generation_id":"' + id.encode())


def test_the_head_of_a_stream_to_the_byte(caller: Caller) -> None:
    with Line(caller.emulator.port) as line:
        assert listen(caller, line) == (
            b"HTTP/1.1 200 OK\r\n"
            b"content-type: text/event-stream\r\n"
            b"cache-control: no-cache\r\n"
            b"date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
            b"transfer-encoding: chunked\r\n"
            b"\r\n"
        )


def test_the_events_of_a_stream_to_the_byte(world: Callable[..., Caller]) -> None:
    fails = {"job": 2, "queued": 0, "running": 2, "do": "fail", "error": "No “kites”\n today."}
    caller = world(plans=[fails, {"queued": 0, "running": 1}])
    with Line(caller.emulator.port) as line:
        listen(caller, line)
        good, bad = caller.enqueue(KLING), caller.enqueue(FLUX)
        caller.advance(1)
        url = caller.row(good)["result_url"].replace(caller.emulator.url, "http://emulator.test")
        caller.advance(1)
        caller.drop()
        chunks = line.chunks()
    assert chunks == [
        b'event: media_generation_completed\ndata: {"generation_id":"%s","status":"succeeded",'
        b'"media_type":"video","model":"kling-video-v2-6-pro-text-to-video","url":"%s"}\n\n'
        % (good.encode(), url.encode()),
        b'event: media_generation_completed\ndata: {"generation_id":"%s","status":"failed",'
        b'"media_type":"image","error":"No \xe2\x80\x9ckites\xe2\x80\x9d\\n today."}\n\n'
        % bad.encode(),
    ]


def test_a_keep_alive_for_each_fifteen_idle_seconds(caller: Caller) -> None:
    with Line(caller.emulator.port) as line:
        listen(caller, line)
        caller.advance(14.999999)
        caller.advance("47s")
        caller.drop()
        assert b"".join(line.chunks()) == 4 * IDLE


def test_keep_alives_go_on_by_themselves(world: Callable[..., Caller]) -> None:
    caller = world(clock={"mode": "real", "speed": 1000})
    with Line(caller.emulator.port) as line:
        listen(caller, line)
        heard = b""
        while heard.count(IDLE) < 5:
            heard += line.chunk()
    assert heard.replace(IDLE, b"") == b""


@pytest.mark.parametrize(
    ("span", "count"), [(14.999999, 0), (15, 1), (47, 3), (60, 4), (3600, 240)]
)
async def test_how_many_keep_alives_a_silence_has(span: float, count: int) -> None:
    house = House()
    stream = await house.listen("k")
    await house.advance("k", span)
    assert stream.bytes == count * IDLE


async def test_an_event_starts_the_silence_anew() -> None:
    house = House(plans=rules(20))
    stream = await house.listen("k")
    id = await house.enqueue("k", VEO)
    for span, idle, events in ((19, 1, 0), (1, 1, 1), (14, 1, 1), (1, 2, 1), (15, 3, 1)):
        await house.advance("k", span)
        assert (stream.bytes.count(IDLE), told(id, stream.bytes)) == (idle, events)


async def test_the_silence_of_a_late_subscriber_begins_with_it() -> None:
    house = House()
    await house.json("GET", "/api/ai/queue", key="k")
    await house.advance("k", 10)
    stream = await house.listen("k")
    await house.advance("k", 14)
    assert stream.bytes == b""
    await house.advance("k", 1)
    assert stream.bytes == IDLE


async def test_the_longest_leap_of_the_clock_makes_a_bounded_number_of_keep_alives() -> None:
    house = House()
    stream = await house.listen("k")
    await house.advance("k", "500w")
    assert stream.bytes == PATIENCE * IDLE


async def heard(cuts: list[int], ends: list[int], *, fails: bool) -> bytes:
    """What a stream carries while ten minutes pass, cut into pieces."""
    ending = Ending.FAIL if fails else Ending.SUCCEED
    house = House(plans=rules(*ends, ending=ending))
    stream = await house.listen("k")
    for _ in ends:
        await house.enqueue("k", VEO)
    for here, there in pairwise(sorted({0, *cuts, 600_000})):
        await house.advance("k", (there - here) / 1000)
    await house.call("DELETE", "/_understudy/worlds/k")
    await stream.over()
    assert stream.ended
    return stream.bytes


@settings(deadline=None, max_examples=60)
@given(
    cuts=st.lists(st.integers(1, 599_999), max_size=8),
    ends=st.lists(st.integers(0, 599), max_size=6),
    fails=st.booleans(),
)
def test_how_time_is_cut_does_not_change_the_bytes(
    cuts: list[int], ends: list[int], fails: bool
) -> None:
    whole = asyncio.run(heard([], ends, fails=fails))
    assert asyncio.run(heard(cuts, ends, fails=fails)) == whole
    assert whole.count(b"event: ") == len(ends)


async def test_nothing_is_told_twice_or_to_those_who_come_late() -> None:
    house = House(plans=rules(5, 10))
    early = await house.listen("k")
    ids = [await house.enqueue("k", VEO) for _ in range(2)]
    await house.advance("k", 5)
    late = await house.listen("k", headers={"last-event-id": "0"})
    await house.advance("k", 5)
    latest = await house.listen("k")
    await house.advance("k", 5)
    assert [told(id, early.bytes) for id in ids] == [1, 1]
    assert [told(id, late.bytes) for id in ids] == [0, 1]
    assert latest.bytes == b""


async def test_every_subscriber_gets_each_event_with_links_to_where_it_called() -> None:
    house = House(plans=rules(5))
    streams = [await house.listen("k", headers={"host": host}) for host in ("a.test", "b.test:81")]
    streams += [await house.listen("k") for _ in range(20)]
    id = await house.enqueue("k", VEO)
    await house.advance("k", 5)
    assert {told(id, stream.bytes) for stream in streams} == {1}
    hosts = [b"a.test", b"b.test:81", *[b"emulator.test"] * 20]
    for stream, host in zip(streams, hosts, strict=True):
        assert b'"url":"http://' + host + b"/api/repos/" in stream.bytes
        assert stream.bytes.replace(host, b"emulator.test") == streams[-1].bytes


async def test_a_stream_is_its_keys_own() -> None:
    house = House(plans=rules(5))
    mine, theirs = await house.listen("mine"), await house.listen("theirs")
    id = await house.enqueue("mine", VEO)
    for key in ("mine", "theirs"):
        await house.advance(key, 5)
    assert (told(id, mine.bytes), theirs.bytes) == (1, b"")


async def test_nothing_is_told_of_what_is_cancelled_or_sticks() -> None:
    ends = (Ending.CANCEL, Ending.STICK, Ending.SUCCEED)
    plans = tuple(
        PlanRule(job=nth, queued=0, running=5 * SECOND, ending=end)
        for nth, end in enumerate(ends, start=1)
    )
    house = House(plans=plans)
    stream = await house.listen("k")
    ids = [await house.enqueue("k", VEO) for _ in ends]
    await house.json("DELETE", f"/api/ai/queue/{ids[2]}", key="k")
    await house.advance("k", 10)
    rows = [await house.json("GET", f"/api/ai/queue/{id}", key="k") for id in ids]
    assert [row["status"] for row in rows] == ["cancelled", "processing", "cancelled"]
    assert stream.bytes == b""


async def test_nothing_is_told_of_the_other_provider() -> None:
    house = House(plans=rules(5))
    stream = await house.listen("k")
    await house.json("POST", "/api/v1/videos/jobs", LITE, key="k")
    await house.advance("k", 10)
    assert stream.bytes == b""


@pytest.mark.parametrize(("choice", "count"), [("apart", 0), ("together", 1)])
async def test_a_sync_generation_is_told_if_so_assumed(choice: str, count: int) -> None:
    house = House(plans=rules(5), assumptions={"oxen.sync-jobs": choice})
    stream = await house.listen("k")
    wait = house.open("POST", "/api/ai/videos/generate", key="k", body=body(KLING))
    await turns()
    await house.advance("k", 5)
    assert (await wait.over()).status == 200
    assert stream.bytes.count(b"event: ") == count


async def test_a_stream_may_open_with_a_comment() -> None:
    house = House(assumptions={"oxen.stream-opening": "comment"})
    stream = await house.listen("k")
    await turns()
    assert stream.bytes == IDLE


async def test_a_subscriber_that_hangs_up_is_forgotten() -> None:
    house = House(plans=rules(5))
    streams = [await house.listen("k") for _ in range(3)]
    (hub,) = house.live("k").hubs.values()
    assert len(hub.subscribers) == 3
    streams[1].hang_up()
    await streams[1].over()
    assert len(hub.subscribers) == 2
    id = await house.enqueue("k", VEO)
    await house.advance("k", 5)
    assert [told(id, stream.bytes) for stream in streams] == [1, 0, 1]


def test_a_connection_that_is_dropped_is_forgotten(caller: Caller) -> None:
    (hub,) = caller.live.hubs.values()
    with Line(caller.emulator.port) as line, Line(caller.emulator.port) as stays:
        for one in (line, stays):
            listen(caller, one)
        assert caller.control()["subscribers"] == 2
        line.socket.close()
        until(lambda: len(hub.subscribers) == 1, "the hub forgets the one who hung up")


async def many(house: House, stream: Talk, count: int) -> None:
    """So many events, one by one, all of which this stream is handed."""
    for _ in range(count):
        await house.enqueue("k", KLING)
        await house.advance("k", 1)
    await stream.until(lambda: stream.bytes.count(b"event: ") == count)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many frames a subscriber may fall behind: fewer than usual."""
    monkeypatch.setattr(streams, "RING", 30)
    return 30


async def test_a_reader_that_falls_a_ring_behind_is_cut_off_and_delays_nobody(
    ring: int, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(plans=(PlanRule(queued=0, running=SECOND),))
    stuck, reads = await house.listen("k"), await house.listen("k")
    (hub,) = house.live("k").hubs.values()
    stuck.reading.clear()
    await many(house, reads, ring + 1)
    assert [one.cursor for one in hub.subscribers if hub.lost(one)] == []
    await house.enqueue("k", KLING)
    await house.advance("k", 1)
    assert len([one for one in hub.subscribers if hub.lost(one)]) == 1
    with caplog.at_level(logging.WARNING, "understudy"):
        stuck.reading.set()
        await stuck.over()
    assert "fell a ring behind" in caplog.text
    assert house.stage.meters.dropped == {("oxen", "events"): 1}
    assert stuck.ended
    assert stuck.bytes.count(b"event: ") == 1
    assert reads.bytes.count(b"event: ") == ring + 2
    assert (len(hub.subscribers), reads.ended) == (1, False)


async def test_a_reader_that_was_slow_but_not_too_slow_misses_nothing(ring: int) -> None:
    house = House(plans=(PlanRule(queued=0, running=SECOND),))
    slow, reads = await house.listen("k"), await house.listen("k")
    slow.reading.clear()
    await many(house, reads, ring)
    slow.reading.set()
    await slow.until(lambda: slow.bytes.count(b"event: ") == ring)
    assert slow.bytes == reads.bytes


def test_a_connection_that_is_not_read_delays_nobody(world: Callable[..., Caller]) -> None:
    caller = world(plans=[{"queued": 0, "running": 1}])
    (hub,) = caller.live.hubs.values()
    with Line(caller.emulator.port, buffer=4096) as stuck, Line(caller.emulator.port) as reads:
        for one in (stuck, reads):
            listen(caller, one)
        while not hub.busy:  # until no more fits into the connection
            caller.advance("500w")
            assert reads.chunk() == PATIENCE * IDLE
        until(lambda: [one.resting for one in hub.subscribers].count(False) == 1, "one is stuck")
        id = caller.enqueue(KLING)
        caller.advance(1)
        assert told(id, reads.chunk()) == 1
        stuck.socket.close()
        until(lambda: len(hub.subscribers) == 1, "the hub forgets the one who hung up")


async def test_one_leap_of_the_clock_may_tell_more_than_a_ring(ring: int) -> None:
    house = House(plans=(PlanRule(queued=0, running=SECOND),))
    stream, other = await house.listen("k"), await house.listen("k")
    ids = [await house.enqueue("k", FLUX) for _ in range(3 * ring)]
    await house.advance("k", 1)
    assert [told(id, stream.bytes) for id in ids] == [1] * len(ids)
    assert stream.bytes == other.bytes


async def test_the_control_plane_answers_when_all_have_been_handed_their_frames() -> None:
    house = House(plans=rules(*[5] * 50))
    streams = [await house.listen("k") for _ in range(50)]
    for _ in range(50):
        await house.enqueue("k", VEO)
    await house.advance("k", 5)
    assert {stream.bytes.count(b"event: ") for stream in streams} == {50}


async def test_events_come_in_the_order_of_their_instants_then_of_submission() -> None:
    house = House(plans=rules(9, 3, 9, 1, 3))
    stream = await house.listen("k")
    ids = [await house.enqueue("k", VEO) for _ in range(5)]
    await house.advance("k", "1m")
    lines = [one for one in stream.bytes.split(b"\n") if one.startswith(b"data: ")]
    order = [orjson.loads(one[6:])["generation_id"] for one in lines]
    assert order == [ids[at] for at in (3, 1, 4, 0, 2)]


async def test_dropping_a_world_ends_its_streams_cleanly() -> None:
    house = House()
    stream, other = await house.listen("k"), await house.listen("other")
    await house.call("DELETE", "/_understudy/worlds/k")
    await stream.over()
    await turns()
    assert (stream.ended, stream.bytes) == (True, b"")
    assert not other.ended


async def test_stopping_the_server_ends_every_stream_cleanly() -> None:
    house = House(pace=Pace(Mode.REAL, 1))
    streams = [await house.listen(key) for key in ("a", "b", "b")]
    house.app.close()
    for stream in streams:
        await stream.over()
    assert all(stream.ended for stream in streams)
