from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.commands import Entry, Tick
from emulator.core.scenario import Scenario
from emulator.core.snapshot import Snapshot, replay, restore, take
from emulator.core.world import World
from tests.core.strategies import (
    NAME,
    Script,
    draft,
    ids,
    perform,
    scripts,
    submit,
    through_json,
    whole,
)


@whole
@given(scripts())
def test_replaying_the_log_gives_the_same_world(script: Script) -> None:
    world = World(NAME, script.scenario)
    perform(world, script.log)
    assert take(replay(NAME, script.scenario, script.log)) == take(world)


@whole
@given(scripts())
def test_replaying_a_log_from_a_file_gives_the_same_world(script: Script) -> None:
    world = World(NAME, script.scenario)
    perform(world, script.log)
    scenario = through_json(Scenario, script.scenario)
    log = through_json(tuple[Entry, ...], script.log)
    assert take(replay(NAME, scenario, log)) == take(world)


@whole
@given(scripts())
def test_a_snapshot_comes_back_from_a_file(script: Script) -> None:
    taken = take(replay(NAME, script.scenario, script.log))
    assert through_json(Snapshot, taken) == taken
    assert take(restore(taken)) == taken


@whole
@given(script=scripts(), data=st.data())
def test_a_world_goes_on_from_a_snapshot_as_it_would_have(
    script: Script, data: st.DataObject
) -> None:
    log = (*script.log, Entry(script.end, Tick()))
    nth = data.draw(st.integers(0, len(log)), label="taken after this many commands")
    world = World(NAME, script.scenario)
    perform(world, log[:nth])
    restored = restore(through_json(Snapshot, take(world)))
    assert list(restored.waiting) == list(world.waiting)
    assert perform(restored, log[nth:]) == perform(world, log[nth:])
    assert take(restored) == take(world)


@whole
@given(scripts())
def test_a_snapshot_stays_as_it_was_taken(script: Script) -> None:
    world = World(NAME, script.scenario)
    perform(world, script.log[:3])
    taken, copy = take(world), through_json(Snapshot, take(world))
    perform(world, script.log[3:])
    assert taken == copy


@whole
@given(scripts())
def test_a_restored_world_and_its_snapshot_share_nothing(script: Script) -> None:
    taken = take(replay(NAME, script.scenario, script.log[:3]))
    copy = through_json(Snapshot, taken)
    perform(restore(taken), script.log[3:])
    assert taken == copy


def test_a_snapshot_tells_worlds_apart_that_would_go_on_differently() -> None:
    taken = take(World(NAME, Scenario()))
    assert taken == take(World(NAME, Scenario()))
    assert taken != take(World("other", Scenario()))
    assert taken != take(World(NAME, Scenario(seed=1)))


def test_jobs_stand_in_a_snapshot_in_order_of_submission() -> None:
    world = World(NAME, Scenario())
    submit(world, draft(), draft(), draft())
    assert [job.id for job in take(world).jobs] == ids(Scenario(), upto=3)
