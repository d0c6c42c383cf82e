"""The clock that jumps. It is slowed down so far that by itself it never gets anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.clock import EPOCH, SECOND, Mode, Pace
from tests.server.caller import CREATE, KLING, LITE, VEO
from tests.server.inside import House, body, turns

SYNC = "/api/ai/videos/generate"
CLOCK = "/_understudy/worlds/k/clock"
SLOW = Pace(Mode.AUTO, 0.001)


def automatic(**fields: Any) -> House:
    return House(pace=SLOW, **fields)


def jumps(house: House, key: str = "k") -> list[str]:
    """Why each of the world's ticks came."""
    entries = house.live(key).sequencer.entries()
    return [entry.command.why for entry in entries if hasattr(entry.command, "why")]


async def test_a_blocking_call_is_answered_at_once() -> None:
    house = automatic()
    talk = await house.call("POST", SYNC, KLING, key="k")
    world = house.live("k").world
    (job,) = world.jobs.values()
    ended = job.ended(world.now)
    assert ended == world.now >= EPOCH + 60 * SECOND
    assert talk.json["created"] == ended // SECOND
    assert jumps(house) == ["jump", "jump"]


async def test_a_wait_of_some_seconds_ends_at_once() -> None:
    house = automatic()
    made = await house.json("POST", CREATE, {**LITE, "wait_seconds": 30}, key="k")
    assert made["status"] == "running"
    assert house.live("k").world.now == EPOCH + 30 * SECOND


async def test_a_stream_gets_its_event_at_once() -> None:
    house = automatic()
    stream = await house.listen("k")
    id = await house.enqueue("k", VEO)
    await stream.until(lambda: id.encode() in stream.bytes)
    assert stream.bytes.count(b"event: ") == 1
    assert b"keep-alive" in stream.bytes
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    assert row["completed_at"] * SECOND <= house.live("k").world.now
    assert jumps(house) == ["jump", "jump"]


async def test_an_enqueue_is_answered_before_its_event_is_told() -> None:
    house = automatic()
    stream = await house.listen("k")
    enqueued = house.open("POST", "/api/ai/queue", key="k", body=body(VEO))
    enqueued.reading.clear()
    await turns()
    assert (stream.bytes, jumps(house)) == (b"", [])
    enqueued.reading.set()
    await enqueued.over()
    await stream.until(lambda: b"succeeded" in stream.bytes)


async def test_it_never_jumps_while_another_call_is_being_answered() -> None:
    house = automatic()
    slow = house.open("POST", "/api/ai/queue", key="k", body=None)
    await turns()
    wait = house.open("POST", SYNC, key="k", body=body(KLING))
    await turns()
    slow.upload(body(VEO)[:10], more=True)
    await turns()
    assert (wait.status, jumps(house)) == (0, [])
    elsewhere = await house.call("POST", SYNC, KLING, key="other")
    assert elsewhere.status == 200
    assert (wait.status, jumps(house)) == (0, [])
    slow.upload(body(VEO)[10:])
    assert [(await talk.over()).status for talk in (slow, wait)] == [200, 200]
    assert {job.submitted for job in house.live("k").world.jobs.values()} == {EPOCH}


async def test_a_caller_that_breaks_off_its_upload_holds_nothing_up() -> None:
    house = automatic()
    slow = house.open("POST", "/api/ai/queue", key="k", body=None)
    await turns()
    wait = house.open("POST", SYNC, key="k", body=body(KLING))
    await turns()
    slow.hang_up()
    await slow.over()
    assert slow.status == 0
    assert (await wait.over()).status == 200


async def test_it_never_jumps_unless_somebody_waits() -> None:
    house = automatic()
    id = await house.enqueue("k", VEO)
    await house.json("POST", CREATE, LITE, key="k")
    feed = await house.open("GET", "/_understudy/worlds/k/feed").begun()
    for _ in range(5):
        await turns()
        assert (await house.json("GET", f"/api/ai/queue/{id}", key="k"))["status"] == "queued"
    assert jumps(house) == []
    feed.hang_up()
    await feed.over()


async def test_a_stream_opened_later_sets_it_going() -> None:
    house = automatic()
    id = await house.enqueue("k", VEO)
    stream = await house.listen("k")
    await stream.until(lambda: id.encode() in stream.bytes)


@pytest.mark.parametrize("begun", ["stream", "wait"])
async def test_a_clock_that_becomes_automatic_jumps_for_those_who_wait_already(begun: str) -> None:
    house = House()
    stream = await house.listen("k")
    wait = house.open("POST", SYNC, key="k", body=body(KLING))
    await turns()
    await house.enqueue("k", VEO)
    (wait if begun == "stream" else stream).hang_up()
    await turns()
    await house.json("POST", CLOCK, {"mode": "auto", "speed": SLOW.speed})
    if begun == "stream":
        await stream.until(lambda: b"succeeded" in stream.bytes)
    else:
        assert (await wait.over()).status == 200


async def test_it_never_jumps_for_one_who_has_hung_up() -> None:
    house = automatic()
    slow = house.open("POST", "/api/ai/queue", key="k", body=None)
    await turns()
    wait = house.open("POST", SYNC, key="k", body=body(KLING))
    await turns()
    for talk in (wait, slow):
        talk.hang_up()
        await talk.over()
    await turns()
    assert (jumps(house), house.live("k").idle) == ([], True)


async def test_it_stops_jumping_when_the_last_stream_has_gone() -> None:
    house = automatic()
    stream = await house.listen("k")
    stream.hang_up()
    await stream.over()
    await house.enqueue("k", VEO)
    await turns()
    assert jumps(house) == []


async def test_it_never_jumps_to_a_keep_alive_or_an_expiry() -> None:
    house = automatic()
    stream = await house.listen("k")
    id = await house.enqueue("k", VEO)
    await stream.until(lambda: id.encode() in stream.bytes)
    told, now = stream.bytes, house.live("k").clock.now()
    await turns(500)
    assert (stream.bytes, house.live("k").clock.now()) == (told, now)


async def test_it_never_jumps_to_the_end_of_a_wait_that_is_over() -> None:
    house = automatic()
    asked = {**LITE, "wait_seconds": 86_400, "poll_interval_seconds": 1}
    made = await house.json("POST", CREATE, asked, key="k")
    assert made["status"] == "succeeded"
    stream = await house.listen("k")
    await turns(500)
    assert house.live("k").clock.now() < EPOCH + 200 * SECOND
    stream.hang_up()
    await stream.over()


async def test_a_job_that_sticks_does_not_make_it_spin() -> None:
    house = automatic()
    scenario = {"plans": [{"do": "stick"}]}
    await house.json("POST", "/_understudy/worlds", {"key": "k", "scenario": scenario})
    stream = await house.listen("k")
    await house.enqueue("k", VEO)
    await turns(500)
    assert jumps(house) == ["jump"]
    stream.hang_up()
    await stream.over()


async def test_a_call_that_comes_between_two_jumps_is_answered_between_them() -> None:
    house = automatic()
    stream = await house.listen("k")
    ids = [await house.enqueue("k", one) for one in (VEO, KLING)]
    seen: list[str] = []
    while b'"status":"succeeded"' not in stream.bytes:
        seen.append((await house.json("GET", f"/api/ai/queue/{ids[0]}", key="k"))["status"])
    assert seen == sorted(seen, key=["queued", "processing", "succeeded"].index)
    await stream.until(lambda: all(id.encode() in stream.bytes for id in ids))


async def test_time_between_jumps_flows_as_with_a_real_clock() -> None:
    house = House(pace=Pace(Mode.AUTO, 20))
    id = await house.enqueue("k", KLING)
    house.machine.passes(10)
    assert (await house.json("GET", f"/api/ai/queue/{id}", key="k"))["status"] == "succeeded"
    assert jumps(house) == ["due"]


@pytest.mark.parametrize("count", [2, 30])
async def test_many_blocking_calls_are_all_answered_in_the_order_of_their_ends(count: int) -> None:
    house = automatic()
    talks = [house.open("POST", SYNC, key="k", body=body(KLING)) for _ in range(count)]
    for talk in talks:
        await talk.over()
    assert {talk.status for talk in talks} == {200}
    ends = [one.ended(house.live("k").world.now) for one in house.live("k").world.jobs.values()]
    recorded = [one.response_body for one in house.live("k").recorder]
    created = [int(one.split(b'"created":')[1].split(b",")[0]) for one in recorded]
    assert created == sorted(end // SECOND for end in ends)
