from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.commands import (
    Browse,
    Cancel,
    Done,
    Find,
    Jobs,
    Know,
    Query,
    Reply,
    Submit,
    Tick,
)
from emulator.core.jobs import Job, Status
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import (
    GAPS,
    MODELS,
    NAME,
    PROVIDERS,
    SCENARIOS,
    Script,
    calm,
    draft,
    drafts,
    ids,
    leap,
    scripts,
    submit,
    whole,
)

LABELS = ({}, {"folder": "a"}, {"folder": "b"})
BROWSES = st.builds(
    Browse,
    provider=st.sampled_from(PROVIDERS),
    statuses=st.none() | st.frozensets(st.sampled_from(Status)),
    model=st.none() | st.sampled_from(MODELS),
    kind=st.sampled_from([None, "video", "image"]),
    labels=st.sampled_from([{}, *LABELS, {"folder": "a", "owner": "b"}]),
    apart=st.booleans(),
    newest_first=st.booleans(),
)


def queries(script: Script) -> st.SearchStrategy[Query]:
    job = st.sampled_from(["nope", *ids(script.scenario)])
    find = st.builds(Find, provider=st.sampled_from(PROVIDERS), job=job)
    return st.one_of(find, BROWSES, st.just(Know()))


def answer(world: World, query: Query) -> Reply | Refused:
    try:
        return world.ask(world.now, query)
    except Refused as no:
        return no


def inside(world: World) -> object:
    """All that a world is made of, what a snapshot leaves out included."""
    return take(world), list(world.agenda._heap), list(world.waiting), dict(vars(world))


@whole
@given(script=scripts(), data=st.data())
def test_a_read_changes_nothing(script: Script, data: st.DataObject) -> None:
    world, unread = World(NAME, script.scenario), World(NAME, script.scenario)
    for entry in script.log:
        assert world.apply(entry.at, entry.command) == unread.apply(entry.at, entry.command)
        query = data.draw(queries(script))
        before = inside(world)
        first = answer(world, query)
        assert inside(world) == before
        assert answer(world, query) == first
    assert leap(world) == leap(unread)
    assert take(world) == take(unread)


@whole
@given(scripts())
def test_a_refused_command_changes_nothing_but_time(script: Script) -> None:
    world, silent = World(NAME, script.scenario), World(NAME, script.scenario)
    for entry in script.log:
        outcome = world.apply(entry.at, entry.command)
        if isinstance(outcome.reply, Refused):
            assert silent.apply(entry.at, Tick()).happenings == outcome.happenings
        else:
            assert silent.apply(entry.at, entry.command) == outcome
        assert take(world) == take(silent)
    assert leap(world) == leap(silent)


def test_a_job_is_found_under_its_provider_alone() -> None:
    world = World(NAME, Scenario(start=0))
    (job,) = submit(world, draft())
    assert world.ask(world.now, Find(provider="acme", job=job.id)) == Jobs(now=0, jobs=(job,))
    for provider, id in (("zenith", job.id), ("acme", "nope"), ("acme", "")):
        assert answer(world, Find(provider=provider, job=id)) == Refused(Reason.UNKNOWN_JOB, id)


def test_a_read_tells_the_instant_it_is_asked_at() -> None:
    world = World(NAME, Scenario(start=3))
    (job,) = submit(world, draft())
    assert world.ask(3, Know()) == Done(now=3)
    assert world.ask(4, Know()) == Done(now=4)
    assert world.ask(4, Browse(provider="acme")) == Jobs(now=4, jobs=(job,))
    assert world.ask(4, Find(provider="acme", job=job.id)) == Jobs(now=4, jobs=(job,))
    assert world.now == 3


MIXED = drafts(
    kind=st.sampled_from(["video", "image"]),
    labels=st.sampled_from(LABELS),
    apart=st.booleans(),
    hold=st.just(0),
)


@st.composite
def mixed_worlds(draw: st.DrawFn) -> World:
    """Jobs of all kinds, at all points of their lives."""
    world = World(NAME, draw(SCENARIOS))
    for drafted in draw(st.lists(MIXED, min_size=2, max_size=8)):
        provider = draw(st.sampled_from(PROVIDERS))
        world.apply(world.now + draw(GAPS), Submit(provider=provider, drafts=(drafted,)))
    for job in draw(st.lists(st.sampled_from([*world.jobs.values(), None]), max_size=2)):
        if job is not None:
            world.apply(world.now, Cancel(provider=job.provider, job=job.id))
    return world


def wanted(job: Job, query: Browse, now: int) -> bool:
    """Whether a job is none of those that the query leaves out."""
    return not (
        job.provider != query.provider
        or (query.statuses is not None and job.status(now) not in query.statuses)
        or (query.model is not None and job.draft.model != query.model)
        or (query.kind is not None and job.draft.kind != query.kind)
        or (not query.apart and job.draft.apart)
        or not query.labels.items() <= job.draft.labels.items()
    )


@calm
@given(world=mixed_worlds(), query=BROWSES)
def test_a_list_shows_all_jobs_that_match_and_no_other(world: World, query: Browse) -> None:
    matching = [job for job in world.jobs.values() if wanted(job, query, world.now)]
    matching.sort(key=lambda job: job.number, reverse=query.newest_first)
    assert world.ask(world.now, query) == Jobs(now=world.now, jobs=tuple(matching))


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("statuses", [None, frozenset({Status.QUEUED, Status.RUNNING})])
def test_a_list_is_in_the_order_of_submission_or_newest_first(
    newest_first: bool, statuses: frozenset[Status] | None
) -> None:
    world = World(NAME, Scenario())
    jobs = submit(world, *[draft()] * 3)
    query = Browse(provider="acme", statuses=statuses, newest_first=newest_first)
    assert world.ask(world.now, query) == Jobs(
        now=world.now, jobs=jobs[::-1] if newest_first else jobs
    )


def test_a_list_of_any_statuses_shows_the_jobs_that_stand_there() -> None:
    waits = PlanRule(job=1, queued=99)
    ends = [PlanRule(job=nth, ending=ending) for nth, ending in enumerate(Ending, start=2)]
    world = World(NAME, Scenario(start=0, plans=(waits, *ends)))
    jobs = submit(world, *[draft()] * 5)
    world.apply(50, Tick())
    stands = {job.status(50): job for job in jobs}
    assert set(stands) == set(Status)
    for size in range(len(Status) + 1):
        for statuses in combinations(Status, size):
            query = Browse(provider="acme", statuses=frozenset(statuses), newest_first=False)
            shown = tuple(job for job in jobs if job.status(50) in statuses)
            assert world.ask(50, query) == Jobs(now=50, jobs=shown)


def test_one_job_is_one_and_several_are_not() -> None:
    world = World(NAME, Scenario())
    (job,) = submit(world, draft())
    assert Jobs(now=0, jobs=(job,)).one is job
    for jobs in ((), (job, job)):
        with pytest.raises(ValueError, match="values to unpack"):
            _ = Jobs(now=0, jobs=jobs).one
