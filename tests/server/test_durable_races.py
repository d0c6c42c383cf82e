"""What comes while the log is being written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emulator import Pace
from emulator.core.commands import Tick
from emulator.core.world import World
from emulator.log import codec
from emulator.server import durable
from emulator.server.recorder import fingerprint
from tests.server.caller import CREATE, KLING, LITE, VEO
from tests.server.durably import Durably, held, rows, state, until, waiting
from tests.server.inside import body, turns

WORLDS = "/_understudy/worlds"
QUEUE = "/api/ai/queue"
SYNC = "/api/ai/videos/generate"
FULL = "log.db: the disk has no room left"


async def test_nothing_is_shown_before_the_log_has_it() -> None:
    house = Durably(threads=True, pace=Pace())
    first = await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    before = house.live("k").present()
    house.machine.passes(600)
    assert await rows(house) == [first]
    assert house.live("k").present() == before
    assert talk.status == 0
    house.shelf.open.set()
    await talk.over()
    live = house.live("k")
    assert live.present() == before + 12_000_000_000
    assert await rows(house) == []
    assert {job.status(live.world.now) for job in live.world.jobs.values()} == {"succeeded"}


async def test_what_comes_meanwhile_is_written_together() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    written = house.shelf.appended
    talks = [waiting(house)]
    await held(house)
    talks += [house.open("POST", QUEUE, key="k", body=body(VEO)) for _ in range(30)]
    talks += [house.open("POST", CREATE, key="other", body=body(LITE)) for _ in range(30)]
    await turns()
    house.shelf.open.set()
    for talk in talks:
        assert (await talk.over()).status == 200
    assert house.shelf.appended == written + 2
    again = house.again()
    assert state(again, "k") == state(house, "k")
    assert state(again, "other") == state(house, "other")
    assert len(again.live("k").world.jobs) == 32


async def test_who_hangs_up_while_it_is_written_has_a_job() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    talk.hang_up()
    talk.task.cancel()
    await turns()
    house.shelf.open.set()
    await until(lambda: len(house.live("k").world.jobs) == 2)
    assert state(house.again(), "k") == state(house, "k")


@pytest.mark.parametrize("first", [True, False])
async def test_a_world_may_make_room_while_it_is_written_to(first: bool) -> None:
    house = Durably(threads=True)
    if not first:
        await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    house.stage.drop(house.live("k"))
    late = house.open("POST", QUEUE, key="k", body=body(KLING))
    await turns()
    house.shelf.open.set()
    assert (await talk.over()).status == 200
    assert (await late.over()).status == 200
    (id,) = await rows(house)
    assert late.json["generations"][0]["generation_id"] == id
    again = house.again()
    assert state(again, "k") == state(house, "k")
    await again.enqueue("k", VEO)


async def test_a_world_that_is_dropped_stays_so() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    assert (await house.call("DELETE", f"{WORLDS}/k")).status == 204
    again = house.again()
    assert again.stage.find("k") is None
    made = await again.json("POST", WORLDS, {"key": "k", "scenario": {"seed": 5}})
    assert made["name"] == fingerprint("k")
    assert house.again().live("k").world.scenario.seed == 5


async def test_commands_behind_a_worlds_end_are_refused() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    talks = [waiting(house)]
    await held(house)
    end = house.open("DELETE", f"{WORLDS}/k")
    await turns()
    late = house.open("POST", QUEUE, key="k", body=body(VEO))
    await turns()
    house.shelf.open.set()
    assert [(await one.over()).status for one in (*talks, end, late)] == [200, 204, 503]
    assert house.again().stage.find("k") is None


async def test_one_that_breaks_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    apply = World.apply

    def broken(self: World, at: int, command: Any) -> Any:
        if isinstance(command, durable.Tick) and command.why == "bad":
            raise RuntimeError("bad")
        return apply(self, at, command)

    monkeypatch.setattr(World, "apply", broken)
    bad = asyncio.ensure_future(house.log.decide(house.live("k"), Tick(why="bad")))
    late = house.open("POST", QUEUE, key="k", body=body(VEO))
    await turns()
    house.shelf.open.set()
    assert ((await talk.over()).status, (await late.over()).status) == (200, 200)
    with pytest.raises(Exception, match="broken: bad"):
        await bad
    assert (await house.call("POST", QUEUE, VEO, key="k")).status == 200


async def test_one_that_cannot_be_written_keeps_nobody_waiting() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    with pytest.raises(UnicodeEncodeError):
        await house.log.decide(house.live("k"), Tick(why="\ud800"))
    assert (await house.call("POST", QUEUE, VEO, key="k")).status == 200


async def test_a_process_that_is_gone_between_the_log_and_the_answer_has_the_job() -> None:
    house = Durably(threads=True)
    await house.enqueue("k", VEO)
    talk = waiting(house)
    await held(house)
    store, house.log._store = house.shelf, house.shelf
    store.open.set()
    await talk.over()
    assert len(await rows(house.again())) == 2


async def test_snapshots_are_made_while_commands_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them stands for a command that had not taken effect when it was made."""
    monkeypatch.setattr(durable, "EVERY", 1)
    monkeypatch.setattr(durable, "TOGETHER", 3)
    house = Durably(threads=True, keep=0)
    id = await house.enqueue("k", VEO)
    path = f"{WORLDS}/k/ledger"
    for _ in range(30):
        calls = [
            house.open("POST", path, body=body({"provider": "oxen", "top_up": "0.01"}))
            for _ in range(20)
        ]
        for call in calls:
            assert (await call.over()).status == 200
    assert house.shelf.all
    for kept in house.shelf.all:
        told = codec.whole(kept.data).state
        assert len(told.postings) == 1 + house.shelf.lines(kept.position)
    again = house.again()
    assert state(again, "k") == state(house, "k")
    assert await rows(again) == [id]
