"""A world's whole state as one value, and back. It equals a replay of the log up to there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from emulator.core.clock import Instant, Pace
from emulator.core.commands import Entry
from emulator.core.faults import Armed, Fault
from emulator.core.jobs import Job
from emulator.core.ledger import Account, Posting
from emulator.core.scenario import Scenario
from emulator.core.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a world consists of. Its agenda is not in it: it follows from the jobs."""

    name: str
    scenario: Scenario
    now: Instant
    pace: Pace
    count: int
    counts: Mapping[str, int]
    jobs: tuple[Job, ...]
    accounts: Mapping[str, Account]
    postings: tuple[Posting, ...]
    finished: tuple[str, ...]
    promised: tuple[tuple[str, str, tuple[str, ...]], ...]
    faults: tuple[Armed, ...]
    drawn: tuple[Fault, ...]
    calls: tuple[tuple[str, str, int], ...]
    polled: Mapping[str, int]


def take(world: World) -> Snapshot:
    """The world's state; later commands to the world do not change it."""
    return Snapshot(
        name=world.name,
        scenario=world.scenario,
        now=world.now,
        pace=world.pace,
        count=world.count,
        counts=dict(world.counts),
        jobs=tuple(world.jobs.values()),
        accounts=dict(world.books.accounts),
        postings=tuple(world.books.postings),
        finished=tuple(world.finished),
        promised=tuple((*by, ids) for by, ids in world.promised.made.items()),
        faults=tuple(
            replace(one) for one in (*world.armory.ended.values(), *world.armory.armed.values())
        ),
        drawn=tuple(world.armory.drawn),
        calls=tuple((*place, count) for place, count in world.armory.calls.items()),
        polled=dict(world.polled),
    )


def restore(snapshot: Snapshot) -> World:
    """A world that goes on from the snapshot as the one it was taken of would have."""
    world = World(snapshot.name, snapshot.scenario)
    world.now, world.pace = snapshot.now, snapshot.pace
    world.count, world.counts = snapshot.count, dict(snapshot.counts)
    world.books.accounts = dict(snapshot.accounts)
    world.books.postings.extend(snapshot.postings)
    world.finished.extend(snapshot.finished)
    for provider, key, ids in snapshot.promised:
        world.promised.make((provider, key), ids)
    ended = set(snapshot.finished)
    for job in snapshot.jobs:
        world.jobs[job.id] = job
        if job.id not in ended:
            world.expect(job)
    world.standing.update((job.provider, job.status(world.now)) for job in snapshot.jobs)
    world.armory.restore(snapshot.faults, snapshot.drawn)
    world.armory.calls = {(one, operation): n for one, operation, n in snapshot.calls}
    world.polled.update(snapshot.polled)
    return world


def replay(name: str, scenario: Scenario, log: Iterable[Entry]) -> World:
    """The world that this log makes."""
    world = World(name, scenario)
    for entry in log:
        world.apply(entry.at, entry.command)
    return world
