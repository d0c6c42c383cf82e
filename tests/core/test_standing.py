"""How many jobs stand where is counted as they move: it must be what looking at each would say."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from emulator.core.commands import Entry, Tick
from emulator.core.scenario import Scenario
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from tests.core.strategies import NAME, Script, draft, leap, scripts, submit, whole


def looked_at(world: World) -> Counter[tuple[str, str]]:
    return Counter((job.provider, job.status(world.now)) for job in world.jobs.values())


@whole
@given(scripts())
def test_the_count_is_what_a_look_at_every_job_says(script: Script) -> None:
    world = World(NAME, script.scenario)
    for entry in (*script.log, Entry(script.end, Tick())):
        world.apply(entry.at, entry.command)
        assert world.standing == looked_at(world)
        assert restore(take(world)).standing == looked_at(world)
        assert min(world.standing.values(), default=0) >= 0


def test_a_job_that_is_forgotten_stands_nowhere() -> None:
    world = World(NAME, Scenario(start=0, balance=100, keep=1))
    submit(world, draft(), draft(), draft())
    leap(world)
    assert sum(world.standing.values()) == len(world.jobs) == 1
    assert world.standing == looked_at(world)
