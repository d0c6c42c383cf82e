"""A log that cannot be written for a while, and what is there after a stop or a kill."""

from __future__ import annotations

import asyncio

import pytest

from emulator import Limits, Mode, Pace, Scenario
from emulator.core.commands import Tick
from emulator.core.scenario import KeyRule
from emulator.server import durable
from tests.server.caller import CREATE, KLING, LITE, STATUS, VEO
from tests.server.durably import Durably, held, rows, state, waiting
from tests.server.inside import PATIENCE, body, turns

WORLDS = "/_understudy/worlds"
QUEUE = "/api/ai/queue"
SYNC = "/api/ai/videos/generate"
FULL = "log.db: the disk has no room left"


async def test_a_full_disk_is_a_503_in_the_words_of_whoever_is_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = Durably(threads=True)
    id = await house.enqueue("k", VEO)
    await house.enqueue("room", VEO)
    house.shelf.why = FULL
    before = state(house, "k")
    oxen = await house.call("POST", QUEUE, VEO, key="k")
    assert (oxen.status, oxen.json["status_message"]) == (503, "unavailable")
    omixa = await house.call("POST", CREATE, LITE, key="k")
    assert (omixa.status, omixa.json["error"]["code"]) == (503, "unavailable")
    assert (await house.call("DELETE", f"{QUEUE}/{id}", key="k")).status == 503
    money = {"provider": "oxen", "top_up": "1"}
    for method, path, data in (
        ("POST", f"{WORLDS}/k/ledger", money),
        ("POST", f"{WORLDS}/k/clock", {"advance": "1h"}),
        ("POST", f"{WORLDS}/k/faults", {"on": {}, "do": "stall"}),
        ("POST", WORLDS, {"key": "k"}),
        ("DELETE", f"{WORLDS}/k", None),
    ):
        told = await house.call(method, path, data)
        assert (told.status, told.json["error"]["message"]) == (503, FULL)
    assert state(house, "k") == before
    assert await rows(house) == [id]
    house.stage.drop(house.live("room"))
    asked = house.shelf.asked
    await turns(1000)
    assert house.shelf.asked <= asked + 1
    house.shelf.why = ""
    assert await rows(house) == [id]
    assert await rows(house) == [id]
    two = await house.enqueue("k", VEO)
    again = house.again()
    assert sorted(await rows(again)) == sorted([id, two])
    assert again.stage.find("room") is None
    assert [one.getMessage() for one in caplog.records] == [
        f"the log cannot be written, and commands are refused: {FULL}",
        "the log can be written again",
    ]


async def test_a_new_key_on_a_full_disk_can_read() -> None:
    house = Durably()
    house.shelf.why = FULL
    assert await rows(house) == []
    assert (await house.call("POST", QUEUE, VEO, key="k")).status == 503
    house.shelf.why = ""
    id = await house.enqueue("k", VEO)
    assert await rows(house.again()) == [id]


async def test_a_server_that_stops_on_a_full_disk_stops() -> None:
    house = Durably(threads=True)
    id = await house.enqueue("k", VEO)
    house.shelf.why = FULL
    house.stage.drop(house.live("k"))
    await turns()
    house.stage.close()
    await asyncio.wait_for(house.log.close(), PATIENCE)
    assert house.shelf.closed
    house.shelf.why = ""
    assert await rows(house.again()) == [id]


async def test_a_server_that_stops_keeps_what_it_answered_and_refuses_the_rest() -> None:
    house = Durably(threads=True)
    first = await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    queued = house.open("POST", QUEUE, key="k", body=body(VEO))
    await turns()
    house.stage.close()
    closing = asyncio.ensure_future(house.log.close())
    await turns()
    assert not closing.done()
    house.shelf.open.set()
    await closing
    assert ((await talk.over()).status, (await queued.over()).status) == (200, 503)
    with pytest.raises(Exception, match="shutting down"):
        await house.log.decide(house.stage.lobby, Tick())
    two = talk.json["generations"][0]["generation_id"]
    assert sorted(await rows(house.again())) == sorted([first, two])
    assert house.shelf.kept


async def test_a_clock_that_is_wound_stands_where_the_log_says() -> None:
    """Time passes while the command is written: it is not told, then taken back."""
    house = Durably(threads=True, pace=Pace(speed=10))
    await house.enqueue("k", VEO)
    house.shelf.open.clear()
    talk = house.open("POST", f"{WORLDS}/k/clock", body=body({"mode": "manual"}))
    await held(house)
    house.machine.passes(60)
    house.shelf.open.set()
    await talk.over()
    assert house.again().live("k").present() == house.live("k").present()


async def test_a_clock_that_leapt_goes_on_from_where_it_landed() -> None:
    house = Durably(threads=True, pace=Pace(speed=10))
    await house.enqueue("k", VEO)
    house.shelf.open.clear()
    talk = house.open("POST", f"{WORLDS}/k/clock", body=body({"advance": "5s"}))
    await held(house)
    house.machine.passes(60)
    house.shelf.open.set()
    await talk.over()
    house.machine.passes(1)
    assert house.again().live("k").present() == house.live("k").present()


async def test_a_machine_whose_clock_is_set_back_takes_nothing_back() -> None:
    house = Durably(pace=Pace(speed=10))
    await house.enqueue("k", VEO)
    house.machine.passes(3600)
    await house.enqueue("k", VEO)
    before = state(house, "k")
    house.machine.passes(-7200)
    house = house.again()
    assert house.live("k").present() == before.now
    house.machine.passes(1)
    assert house.live("k").present() == before.now + 10_000_000
    house = house.again()
    assert house.live("k").present() == before.now + 10_000_000
    assert state(house, "k").accounts == before.accounts
    house.machine.passes(60)
    *_, new = house.live("k").world.jobs.values()
    assert new.ended(house.live("k").present())


async def test_a_blocking_call_is_answered_by_a_clock_that_jumps() -> None:
    house = Durably(threads=True, pace=Pace(Mode.AUTO, 0.001))
    talks = [house.open("POST", SYNC, key="k", body=body(KLING)) for _ in range(3)]
    for talk in talks:
        assert (await talk.over()).status == 200
    again = house.again(threads=True)
    assert state(again, "k") == state(house, "k")
    assert (await again.call("POST", SYNC, KLING, key="k")).status == 200


async def test_a_stream_hears_after_a_restart_what_ends_after_it() -> None:
    house = Durably(threads=True)
    id = await house.enqueue("k", VEO)
    again = house.again(threads=True)
    stream = await again.listen("k")
    await again.advance("k", 200)
    await stream.until(lambda: id.encode() in stream.bytes)
    assert stream.bytes.count(b"event: ") == 1


async def test_a_feed_hears_after_a_restart_though_nobody_calls() -> None:
    house = Durably(pace=Pace(speed=100_000))
    await house.enqueue("k", VEO)
    again = house.again()
    feed = await again.open("GET", f"{WORLDS}/k/feed").begun()
    again.machine.passes(10)
    await feed.until(lambda: b"succeeded" in feed.bytes)
    feed.hang_up()


async def test_a_result_link_of_before_is_good_after() -> None:
    house = Durably()
    made = await house.json("POST", CREATE, LITE, key="k")
    await house.advance("k", 500)
    asked = {"operation": made["operation"]}
    shown = await house.json("POST", STATUS, asked, key="k")
    again = house.again()
    assert (await again.json("POST", STATUS, asked, key="k")) == shown
    link = shown["data"][0]["url"].split("emulator.test")[1]
    assert (await again.call("HEAD", link)).status == 200


async def test_a_key_that_is_made_up_is_nobodys_yet() -> None:
    house = Durably()
    first = (await house.json("POST", WORLDS, {}))["key"]
    again = house.again()
    second = (await again.json("POST", WORLDS, {}))["key"]
    assert first != second
    assert again.stage.find(first) is not None


async def test_no_key_is_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "EVERY", 2)
    secret = "omx_live_0123456789"
    keys = {secret: KeyRule(models=frozenset({VEO["model"]})), "k2": KeyRule()}
    house = Durably(scenario=Scenario(pace=Pace(Mode.MANUAL), keys=keys))
    for _ in range(5):
        await house.enqueue(secret, VEO)
    again = house.again().again()
    for _ in range(5):
        await again.enqueue(secret, VEO)
    shelf = house.shelf
    assert shelf.kept
    for one in (*shelf.rows.values(), *shelf.kept.values()):
        assert secret.encode() not in one.data
    once_more = house.again()
    forbidden = await once_more.call("POST", QUEUE, KLING, key=secret)
    assert forbidden.status in (403, 404)
    assert (await once_more.call("POST", QUEUE, VEO, key=secret)).status == 200


async def test_what_many_small_worlds_leave_behind_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durable, "BEHIND", 40)
    house = Durably(limits=Limits(worlds=30))
    for nth in range(200):
        id = await house.enqueue(f"k{nth % 20}", VEO)
        await house.call("DELETE", f"{QUEUE}/{id}", key=f"k{nth % 20}")
    await turns()
    remembered = sum(len(live.world.jobs) for live in house.stage.worlds.values())
    behind = sum(len(list(past.rows)) for past in house.shelf.load())
    assert (remembered, len(house.shelf.rows) > 400) == (200, True)
    assert behind <= remembered + 20
    again = house.again()
    for nth in range(20):
        assert state(again, f"k{nth}") == state(house, f"k{nth}")


async def test_a_snapshot_that_cannot_be_kept_refuses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durable, "EVERY", 3)
    house = Durably()

    def keep(kept: object) -> bool:
        raise durable.Unwritable(FULL)

    monkeypatch.setattr(house.shelf, "keep", keep)
    for _ in range(8):
        await house.enqueue("k", VEO)
    monkeypatch.undo()
    assert state(house.again(), "k") == state(house, "k")


async def test_a_server_that_stops_does_not_begin_the_world_anew() -> None:
    """A job that was acknowledged is not said to be unknown."""
    house = Durably()
    id = await house.enqueue("k", VEO)
    house.stage.close()
    for method, path in (("GET", f"{QUEUE}/{id}"), ("GET", QUEUE), ("POST", QUEUE)):
        assert (await house.call(method, path, VEO, key="k")).status == 503
    assert (await house.call("GET", f"{WORLDS}/k/ledger")).status == 503
    await house.log.close()
    assert await rows(house.again()) == [id]
