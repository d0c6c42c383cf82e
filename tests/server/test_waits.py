from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.core.clock import EPOCH, SECOND
from emulator.core.scenario import Ending, PlanRule
from tests.server.caller import CREATE, FLUX, KLING, LITE, Caller
from tests.server.inside import House, Talk, body, turns
from tests.server.raw import Line, until

SYNC = "/api/ai/videos/generate"
IMAGE = "/api/ai/images/generate"


def ending(at: float, how: Ending = Ending.SUCCEED, **more: Any) -> tuple[PlanRule, ...]:
    """Every job ends so many seconds after it was submitted."""
    return (PlanRule(queued=0, running=round(at * SECOND), ending=how, **more),)


async def blocked(house: House, path: str, data: Any, key: str = "k") -> Talk:
    """A call that waits."""
    talk = house.open("POST", path, key=key, body=body(data))
    await turns()
    assert len(house.live(key).waits) > 0
    return talk


@pytest.mark.parametrize(
    ("path", "data", "kind"), [(SYNC, KLING, "videos"), (IMAGE, FLUX, "images")]
)
async def test_a_sync_generation_blocks_until_its_result_is_there(
    path: str, data: Any, kind: str
) -> None:
    house = House(plans=ending(60))
    talk = await blocked(house, path, data)
    await house.advance("k", 59.999999)
    assert talk.status == 0
    await house.advance("k", "1h")
    await talk.over()
    assert talk.status == 200
    (made,) = talk.json.pop(kind)
    assert talk.json == {"model": data["model"], "created": EPOCH // SECOND + 60, kind: [made]}
    link = made["url"].removeprefix("http://emulator.test")
    assert (await house.call("HEAD", link)).status == 200


@pytest.mark.parametrize("how", [Ending.FAIL, Ending.CANCEL])
async def test_a_sync_generation_that_fails_is_refused_in_the_models_words(how: Ending) -> None:
    house = House(plans=ending(60, how, error="Too many kites."))
    talk = await blocked(house, SYNC, KLING)
    await house.advance("k", 60)
    await talk.over()
    assert (talk.status, talk.json["status_message"]) == (400, "upstream")
    said = "Too many kites." if how is Ending.FAIL else "Cancelled by the provider."
    assert talk.json["error"]["detail"] == f"Getting model response error: 422 - {said}"
    ledger = await house.json("GET", "/_understudy/worlds/k/ledger")
    assert ledger["accounts"]["oxen"]["available"] == "25.000000"


async def test_a_sync_generation_that_was_cancelled_meanwhile_ends_its_wait() -> None:
    house = House(plans=ending(60))
    talk = await blocked(house, SYNC, KLING)
    (id,) = house.live("k").world.jobs
    await house.json("DELETE", f"/api/ai/queue/{id}", key="k")
    await talk.over()
    assert talk.status == 400
    assert talk.json["error"]["detail"].endswith("The generation was cancelled.")


async def test_a_sync_generation_that_sticks_is_never_answered() -> None:
    house = House(plans=ending(1, Ending.STICK))
    talk = await blocked(house, SYNC, KLING)
    await house.advance("k", "500w")
    await turns()
    assert talk.status == 0


WAITS = [
    # wait, interval, the job's end -> when it is answered, and what it says
    (3, 3, 60, 3, "running"),
    (3, 3, 2, 3, "succeeded"),
    (3, 3, 3, 3, "succeeded"),
    (3, 2, 60, 3, "running"),
    (3, 2, 1, 2, "succeeded"),
    (3, 2, 2.5, 3, "succeeded"),
    (60, 7, 20, 21, "succeeded"),
    (60, 7, 21, 21, "succeeded"),
    (60, 7, 58, 60, "succeeded"),
    (60, 90, 20, 60, "succeeded"),
    (60, 1, 0, 1, "succeeded"),
]


@pytest.mark.parametrize(("wait", "every", "end", "answered", "status"), WAITS)
@pytest.mark.parametrize("leap", [False, True])
async def test_a_wait_is_answered_as_of_its_end_however_far_the_clock_leaps(
    wait: int, every: int, end: float, answered: int, status: str, leap: bool
) -> None:
    house = House(plans=ending(end))
    asked = {"wait_seconds": wait, "poll_interval_seconds": every}
    talk = await blocked(house, CREATE, {**LITE, **asked})
    if not leap:
        await house.advance("k", answered - 0.000001)
        assert talk.status == 0
        await house.advance("k", 0.000001)
    else:
        await house.advance("k", "10h")
    await talk.over()
    assert (talk.status, talk.json["status"]) == (200, status)
    assert ("poll_after_seconds" in talk.json) == (status == "running")


async def test_a_wait_of_nothing_is_none() -> None:
    house = House(plans=ending(0))
    for asked in ({}, {"wait_seconds": 0}, {"poll_interval_seconds": 5}):
        talk = await house.call("POST", CREATE, {**LITE, **asked}, key="k")
        assert talk.json["status"] == "succeeded"


def test_a_wait_ends_by_itself_though_nothing_moves(world: Callable[..., Caller]) -> None:
    caller = world(clock={"mode": "real", "speed": 20}, plans=[{"queued": "1h"}])
    assert caller.create(wait_seconds=3)["status"] == "running"


async def test_waits_end_in_the_order_of_their_instants() -> None:
    house = House(plans=ending(1000))
    seconds = [30, 10, 20, 10]
    talks = [await blocked(house, CREATE, {**LITE, "wait_seconds": one}) for one in seconds]
    for now in (10, 20, 30):
        await house.advance("k", 10)
        await turns()
        assert [talk.ended for talk in talks] == [one <= now for one in seconds]


async def test_a_caller_that_hangs_up_does_not_cancel_its_job() -> None:
    house = House(plans=ending(60))
    talk = await blocked(house, SYNC, KLING)
    talk.hang_up()
    await turns()
    assert house.live("k").idle
    (job,) = house.live("k").world.jobs.values()
    await house.advance("k", 60)
    await talk.over()
    record = await house.json("GET", f"/api/ai/generations/{job.id}", key="k")
    assert record["generation"]["status"] == "succeeded"
    assert record["generation"]["cost"] == "0.350000"


def test_a_connection_that_is_dropped_does_not_cancel_its_job(caller: Caller) -> None:
    with Line(caller.emulator.port) as line:
        key = f"Authorization: Bearer {caller.key}"
        line.say("POST", SYNC, key, body=body(KLING))
        until(lambda: len(caller.live.waits) == 1, "the call waits")
    caller.advance("1h")
    (row,) = caller.get("/api/ai/generations")["generations"]
    assert row["status"] == "succeeded"
    until(lambda: caller.live.idle, "nobody is waited for any more")


@pytest.mark.parametrize("end", ["drop", "close", "remake"])
async def test_who_waits_in_a_world_that_goes_is_refused_in_the_providers_words(end: str) -> None:
    house = House(plans=ending(60))
    talks = [
        await blocked(house, SYNC, KLING),
        await blocked(house, CREATE, {**LITE, "wait_seconds": 5}),
    ]
    if end == "close":
        house.app.close()
    elif end == "drop":
        await house.call("DELETE", "/_understudy/worlds/k")
    else:
        await house.call("POST", "/_understudy/worlds", {"key": "k"})
    oxen, omixa = [(await talk.over()).json for talk in talks]
    assert [talk.status for talk in talks] == [503, 503]
    assert oxen["status_message"] == oxen["error"]["type"] == "unavailable"
    assert omixa["error"]["type"] == "server_error"
    assert set(omixa["error"]) == {"message", "type", "code"}


async def test_a_call_that_finds_its_world_gone_is_refused() -> None:
    house = House(plans=ending(60))
    await house.json("GET", "/api/ai/queue", key="k")
    slow = house.open("POST", SYNC, key="k", body=None)
    await turns()
    await house.call("DELETE", "/_understudy/worlds/k")
    slow.upload(body(KLING))
    assert (await slow.over()).status == 503


async def test_a_wait_in_one_world_is_none_of_anothers_business() -> None:
    house = House(plans=ending(60))
    mine = await blocked(house, SYNC, KLING, "mine")
    theirs = await blocked(house, SYNC, KLING, "theirs")
    await house.advance("mine", 60)
    await mine.over()
    await house.call("DELETE", "/_understudy/worlds/mine")
    await turns()
    assert theirs.status == 0


@pytest.mark.parametrize("mode", ["real", "auto"])
def test_a_blocking_call_is_answered_by_itself(world: Callable[..., Caller], mode: str) -> None:
    caller = world(clock={"mode": mode, "speed": 1000})
    made = caller.post(SYNC, KLING)
    shown = caller.create(wait_seconds=600, poll_interval_seconds=1)
    assert "/api/repos/" in made["videos"][0]["url"]
    assert shown["status"] == "succeeded"
    assert caller.live.idle


def test_a_blocking_call_blocks_nobody_else(world: Callable[..., Caller]) -> None:
    caller = world(plans=[{"queued": 0, "running": 60}])
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(caller.call, "POST", SYNC, json=dict(KLING)) for _ in range(4)]
        until(lambda: len(caller.live.waits) == 4, "all four wait")
        assert caller.get("/api/ai/generations")["count"] == 4
        assert not any(call.done() for call in calls)
        caller.advance(60)
        assert {call.result(30).status_code for call in calls} == {200}
