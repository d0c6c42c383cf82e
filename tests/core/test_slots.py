"""Slots: only so many jobs run at once, in the order in which they were submitted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import LATEST
from emulator.core.commands import Cancel, Submit, Tick
from emulator.core.jobs import Job, Status, Timing
from emulator.core.planning import TIMED_OUT
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from tests.core.strategies import GAPS, LONG, NAME, call, calm, draft, ends, leap, submit

LENGTHS = st.sampled_from([0, 0, 1, 5, 9])
POLLED = st.sampled_from([None, None, 2])


def world(*plans: PlanRule) -> World:
    return World(NAME, Scenario(start=0, balance=10**6, plans=plans))


def taking(queued: int, running: int, **told: Any) -> Submit:
    timing = Timing(queued=(queued, queued), running=(running, running))
    return Submit(provider="acme", drafts=(draft(timing=timing, **told),))


@st.composite
def crowds(
    draw: st.DrawFn,
    queued: st.SearchStrategy[int] = LENGTHS,
    polled: st.SearchStrategy[int | None] = POLLED,
) -> World:
    """A world in which everybody has been, under a rule for all: jobs of all endings and limits."""
    slots = draw(st.integers(1, 3))
    stuck = draw(st.sampled_from([None, 1, 2]))
    polls = draw(polled)
    one = world(
        PlanRule(job=stuck or 99, ending=Ending.STICK, slots=slots),
        PlanRule(job=4, slots=slots, running_polls=polls, running=draw(st.none() | LENGTHS)),
        PlanRule(job=5, slots=slots, queued_polls=polls),
        PlanRule(slots=slots, ending=draw(st.sampled_from(Ending))),
    )
    for _ in range(draw(st.integers(2, 9))):
        limit = draw(st.sampled_from([None, None, None, 0, 4, 12]))
        asked = taking(draw(queued), draw(LENGTHS), limit=limit)
        one.apply(one.now + draw(GAPS), asked)
        for job in draw(st.lists(st.sampled_from([*one.jobs]), max_size=2)):
            call(one, job=job, poll=True)
    one.apply(one.now + LONG, Tick())
    return one


def runs(job: Job) -> range:
    """The instants at which a job runs."""
    start, end = job.started(LATEST), job.ended(LATEST)
    return range(0) if start is None else range(start, LATEST if end is None else end)


def slots_of(one: World) -> int:
    slots = one.scenario.plans[-1].slots
    assert slots is not None
    return slots


@calm
@given(crowds())
def test_never_more_than_so_many_run_at_once(one: World) -> None:
    for job in one.jobs.values():
        if run := runs(job):
            at_once = [other for other in one.jobs.values() if run.start in runs(other)]
            assert len(at_once) <= slots_of(one), [(runs(job), job.number) for job in at_once]


@calm
@given(crowds(queued=st.just(0), polled=st.none()))
def test_jobs_that_need_not_wait_otherwise_run_in_the_order_of_submission(one: World) -> None:
    starts = [job.started(LATEST) for job in one.jobs.values()]
    ran = [start for start in starts if start is not None]
    assert all(earlier <= later for earlier, later in pairwise(ran))


@calm
@given(
    slots=st.integers(1, 3),
    asked=st.lists(st.tuples(GAPS, LENGTHS), min_size=2, max_size=9),
)
def test_a_job_waits_only_while_every_slot_is_taken(
    slots: int, asked: list[tuple[int, int]]
) -> None:
    one = world(PlanRule(slots=slots))
    for gap, running in asked:
        one.apply(one.now + gap, taking(0, running))
    leap(one)
    for job in one.jobs.values():
        for now in range(job.submitted, runs(job).start):
            assert sum(now in runs(other) for other in one.jobs.values()) == slots


def when(one: World) -> list[tuple[int | None, int | None]]:
    """When each job began to run, and when it ended."""
    one.apply(one.now + LONG, Tick())
    return [(job.started(LATEST), job.ended(LATEST)) for job in one.jobs.values()]


def test_a_job_runs_when_a_slot_is_free_and_waits_for_as_long_as_it_would_anyway() -> None:
    one = world(PlanRule(slots=1))
    submit(one, draft(), draft())
    one.apply(6, taking(0, 3))
    one.apply(6, taking(9, 3))
    assert when(one) == [(2, 5), (5, 8), (8, 11), (15, 18)]


def test_two_slots_are_two_lanes() -> None:
    one = world(PlanRule(slots=2))
    for running in (9, 2, 3, 1):
        one.apply(0, taking(0, running))
    assert when(one) == [(0, 9), (0, 2), (2, 5), (5, 6)]


def test_a_stuck_job_keeps_its_lane_for_ever() -> None:
    one = world(PlanRule(job=1, ending=Ending.STICK, slots=1), PlanRule(slots=1))
    stuck, *others = submit(one, draft(), draft(), draft(limit=9), draft())
    assert when(one) == [(2, None), (None, None), (None, 9), (None, None)]
    assert one.jobs[others[1].id].plan.error == TIMED_OUT
    assert one.due is None
    one.apply(one.now, Cancel(provider="acme", job=stuck.id))
    assert leap(one) == []


def test_a_stuck_job_leaves_the_other_lane_open() -> None:
    one = world(PlanRule(job=1, ending=Ending.STICK, slots=2), PlanRule(slots=2))
    submit(one, draft(), draft(), draft())
    assert when(one) == [(2, None), (2, 5), (5, 8)]


@pytest.mark.parametrize("limit", [0, 1, 4, 19])
def test_a_job_that_times_out_while_it_waits_lets_nobody_in(limit: int) -> None:
    one = world(PlanRule(slots=1))
    one.apply(0, taking(0, 20))
    one.apply(0, taking(0, 1, limit=limit))
    one.apply(limit, taking(0, 1))
    assert when(one) == [(0, 20), (None, limit), (20, 21)]


def test_a_job_that_is_bad_takes_a_slot_while_it_runs() -> None:
    one = world(PlanRule(slots=1))
    jobs = submit(one, draft(error="Bad."), draft())
    assert ends(one, jobs) == [(Status.FAILED, "Bad."), (Status.SUCCEEDED, None)]
    assert when(one) == [(2, 5), (5, 8)]


def test_a_cancelled_job_keeps_its_slot_for_as_long_as_it_was_to_run() -> None:
    one = world(PlanRule(slots=1))
    first, second = submit(one, draft(), draft())
    one.apply(1, Cancel(provider="acme", job=first.id))
    one.apply(1, taking(0, 1))
    assert when(one) == [(None, 1), (5, 8), (8, 9)]
    assert one.jobs[second.id].status(8) is Status.SUCCEEDED


def test_each_provider_has_slots_of_its_own() -> None:
    one = world(PlanRule(slots=1))
    for provider in ("acme", "zenith"):
        one.apply(0, Submit(provider=provider, drafts=(draft(), draft())))
    assert when(one) == [(2, 5), (5, 8), (2, 5), (5, 8)]


def test_fewer_slots_from_some_job_on_are_kept_and_more_are_filled() -> None:
    one = world(*(PlanRule(job=nth, slots=2) for nth in (1, 2, 4)), PlanRule(slots=1))
    for _ in range(5):
        one.apply(0, taking(0, 5))
    assert when(one) == [(0, 5), (0, 5), (5, 10), (5, 10), (10, 15)]


@calm
@given(
    asked=st.lists(st.tuples(GAPS, st.integers(1, 3), LENGTHS), min_size=2, max_size=9),
)
def test_a_rule_keeps_its_slots_towards_all_that_stood_before(
    asked: list[tuple[int, int, int]],
) -> None:
    one = world(*(PlanRule(job=nth, slots=slots) for nth, (_, slots, _) in enumerate(asked, 1)))
    for gap, _, running in asked:
        one.apply(one.now + gap, taking(0, running))
    leap(one)
    jobs = list(one.jobs.values())
    for nth, (_, slots, _) in enumerate(asked):
        if run := runs(jobs[nth]):
            assert sum(run.start in runs(other) for other in jobs[: nth + 1]) <= slots


def test_no_poll_lets_a_job_in_while_the_slot_is_taken() -> None:
    one = world(PlanRule(slots=1, queued_polls=1, queued=4, running=5))
    first, second = submit(one, draft(), draft())
    for job in (second, second, first, second):
        call(one, job=job.id, poll=True)
    assert one.jobs[first.id].status(0) is Status.RUNNING
    assert one.jobs[second.id].status(0) is Status.QUEUED
    assert when(one) == [(0, 5), (9, 14)]


def test_a_job_behind_one_that_only_polls_can_end_waits_for_ever() -> None:
    one = world(PlanRule(slots=1, running_polls=1))
    submit(one, draft(), draft())
    assert when(one) == [(2, None), (None, None)]


def test_a_restored_world_has_its_lanes() -> None:
    one = world(PlanRule(slots=1))
    submit(one, draft())
    restored = restore(take(one))
    submit(restored, draft())
    assert when(restored) == [(2, 5), (5, 8)]
    assert when(one) == [(2, 5)]
