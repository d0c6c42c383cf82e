from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.commands import Entry, Outcome, Submit, Tick
from emulator.core.jobs import Draft, Job, Timing
from emulator.core.planning import identity, lot
from emulator.core.scenario import Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import (
    PROVIDERS,
    Script,
    calm,
    draft,
    drafts,
    leap,
    perform,
    scripts,
    submit,
    whole,
)

NAMES = st.text("ab1|", min_size=1, max_size=3)
SEEDS = st.integers(0, 20)
UNREFUSED = Scenario(balance=10**9)
WIDE = draft(timing=Timing(queued=(0, 9), running=(0, 9)))


@whole
@given(scripts("left", size=8), scripts("right", size=8), st.data())
def test_two_worlds_never_meet(left: Script, right: Script, data: st.DataObject) -> None:
    worlds = [World(script.name, script.scenario) for script in (left, right)]
    logs = [[*script.log, Entry(script.end, Tick())] for script in (left, right)]
    turns = data.draw(st.permutations([0] * len(logs[0]) + [1] * len(logs[1])), label="turns")
    outcomes: list[list[Outcome]] = [[], []]
    for turn in turns:
        entry = logs[turn][len(outcomes[turn])]
        outcomes[turn].append(worlds[turn].apply(entry.at, entry.command))
    for world, log, seen in zip(worlds, logs, outcomes, strict=True):
        alone = World(world.name, world.scenario)
        assert perform(alone, log) == seen
        assert take(alone) == take(world)


@whole
@given(scripts())
def test_an_id_follows_from_seed_name_and_count(script: Script) -> None:
    world = World(script.name, script.scenario)
    numbered: dict[int, str] = {}
    for entry in script.log:
        before = world.count
        world.apply(entry.at, entry.command)
        made = [job for job in world.jobs.values() if job.number > before]
        numbered |= {job.number: job.id for job in made}
    assert world.count >= len(numbered)
    for number, id in numbered.items():
        assert id == identity(lot(script.scenario.seed, script.name, number))


@calm
@given(one=st.tuples(SEEDS, NAMES), other=st.tuples(SEEDS, NAMES))
def test_another_seed_or_name_gives_other_ids(one: tuple[int, str], other: tuple[int, str]) -> None:
    def first(seed: int, name: str) -> set[str]:
        world = World(name, Scenario(seed=seed))
        return {job.id for job in submit(world, *[draft()] * 5)}

    assert len(first(*one)) == 5
    assert all(UUID(id).version == 4 for id in first(*one))
    assert first(*one) == first(*other) if one == other else not first(*one) & first(*other)


def moves(job: Job) -> list[tuple[int, str]]:
    """What was drawn for a job, whenever it was submitted."""
    return [(move.at - job.submitted, move.to) for move in job.plan.moves]


@calm
@given(drafted=drafts(), said=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=5))
def test_draws_follow_from_seed_name_and_count_alone(
    drafted: Draft, said: list[tuple[int, bool]]
) -> None:
    """Not from the instant, the provider, or what else the world was asked to do."""
    world, other = World("stage", UNREFUSED), World("stage", UNREFUSED)
    for gap, second in said:
        provider = PROVIDERS[second]
        world.apply(world.now + gap, Submit(provider=provider, drafts=(drafted,)))
    submit(other, *[drafted] * len(said))
    leap(other)
    assert [moves(job) for job in world.jobs.values()] == [
        moves(job) for job in other.jobs.values()
    ]


def test_another_seed_or_name_gives_other_draws() -> None:
    drawn = {
        tuple(tuple(moves(job)) for job in submit(World(name, Scenario(seed=seed)), *[WIDE] * 20))
        for name in ("left", "right")
        for seed in (0, 1)
    }
    assert len(drawn) == 4
