from __future__ import annotations

import pytest

from emulator import Limits
from emulator.core.clock import SECOND, Mode, Pace
from emulator.core.commands import Tick
from emulator.core.jobs import Status
from emulator.core.scenario import PlanRule
from emulator.core.snapshot import replay, take
from emulator.server.live import SLICE
from tests.server.caller import VEO
from tests.server.inside import House, turns

MANY = 4 * SLICE
LATE = 3600 * SECOND


async def crowded(house: House) -> list[str]:
    """The ids of many jobs that were made in one instant and end at many."""
    made = [
        await house.json("POST", "/api/ai/queue", {**VEO, "num_generations": 4}, key="k")
        for _ in range(MANY // 4)
    ]
    return [row["generation_id"] for one in made for row in one["generations"]]


async def test_one_look_at_a_world_settles_no_more_than_a_slice() -> None:
    house = House(balance=10**9)
    await crowded(house)
    live = house.live("k")
    live.clock.jump(live.world.now + LATE)
    before, steps = len(live.world.agenda), 0
    while live.present() < live.clock.now():
        steps += 1
        settled = before - len(live.world.agenda)
        assert settled <= SLICE
        before = len(live.world.agenda)
        assert steps < 20
    assert steps >= 2 * MANY // SLICE - 1
    assert not live.world.waiting


async def test_between_two_slices_a_poll_is_answered_as_of_the_first() -> None:
    """Every answer is true of one instant: the status it shows is that of the settled part."""
    house = House(balance=10**9)
    ids = await crowded(house)
    live = house.live("k")
    live.clock.jump(live.world.now + LATE)
    words = set()
    for id in ids[:6]:
        row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
        words.add(row["status"])
        job = live.world.jobs[id]
        assert (row["status"] == "succeeded") == (job.status(live.world.now) is Status.SUCCEEDED)
    assert words & {"queued", "processing"}
    assert live.world.now < live.clock.now()


async def test_the_rest_is_settled_without_anybody_asking() -> None:
    house = House(balance=10**9, pace=Pace(Mode.REAL, 1.0))
    await crowded(house)
    live = house.live("k")
    house.machine.passes(3600)
    live.present()
    assert live.world.waiting
    for _ in range(50):
        await turns(10)
    assert not live.world.waiting


async def test_slices_change_nothing_of_what_a_world_becomes() -> None:
    house = House(balance=10**9)
    await crowded(house)
    live = house.live("k")
    whole = replay(live.name, live.world.scenario, live.sequencer.entries())
    to = live.world.now + LATE
    await house.advance("k", 3600)
    assert len(live.sequencer.entries()) > MANY // 4 + 2 * MANY // SLICE - 2
    whole.apply(to, Tick(why="advance"))
    assert take(live.world) == take(whole)
    assert take(replay(live.name, live.world.scenario, live.sequencer.entries())) == take(whole)


async def test_a_reader_that_reads_is_told_of_every_job_in_a_leap() -> None:
    house = House(balance=10**9)
    ids = await crowded(house)
    stream = await house.listen("k")
    await house.advance("k", 3600)
    told = stream.bytes
    assert all(told.count(id.encode()) >= 1 for id in ids)
    stream.hang_up()
    await stream.over()


async def test_moves_of_one_instant_are_not_cut() -> None:
    rule = PlanRule(queued=SECOND, running=SECOND)
    house = House(balance=10**9, plans=(rule,))
    await crowded(house)
    live = house.live("k")
    live.clock.jump(live.world.now + LATE)
    seen = {live.present() for _ in range(5)}
    assert len(seen) == 3
    assert not live.world.waiting


async def test_a_log_that_has_forgotten_its_beginning_says_so() -> None:
    house = House(balance=10**9, limits=Limits(entries=5))
    for _ in range(7):
        await house.enqueue("k", VEO)
    live = house.live("k")
    shown = await house.json("GET", "/_understudy/worlds/k/log")
    assert (shown["first"], len(shown["entries"])) == (3, 5)
    with pytest.raises(LookupError, match="of 7 entries only the last 5 are here"):
        live.sequencer.entries()
