"""Plans counted in polls: compared with a model that goes through time instant by instant."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.commands import Called, Cancel, Happening, Moved, Struck, Tick
from emulator.core.jobs import Job, Status
from emulator.core.ledger import Account
from emulator.core.planning import NO_CREDIT, TIMED_OUT
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from tests.core.strategies import NAME, POLLS, call, calm, draft, ends, leap, submit

QUEUED, RUNNING, SUCCEEDED = Status.QUEUED, Status.RUNNING, Status.SUCCEEDED
FAILED, CANCELLED = Status.FAILED, Status.CANCELLED
BOTH_WAIT = {"queued_polls": 2, "queued": 4}
BOTH_RUN = {"running_polls": 2, "running": 4}


def world(**rule: object) -> World:
    plans = (PlanRule(**rule),)  # type: ignore[arg-type]
    return World(NAME, Scenario(start=0, balance=50, plans=plans))


def poll(world: World, job: Job, at: int | None = None) -> Status | None:
    return call(world, at=at, job=job.id, poll=True).state


def moves(told: list[Happening]) -> list[tuple[int, Status]]:
    return [(one.at, one.to) for one in told if isinstance(one, Moved)]


def test_the_nth_poll_already_shows_the_move() -> None:
    one = world(queued_polls=2, running_polls=3)
    (job,) = submit(one, draft())
    one.apply(500, Tick())
    assert [poll(one, job) for _ in range(6)] == [
        QUEUED,
        RUNNING,
        RUNNING,
        RUNNING,
        *[SUCCEEDED] * 2,
    ]
    assert one.books.account("acme") == Account(deposited=50, available=46, captured=4)


@pytest.mark.parametrize(
    ("rule", "polled_at", "seen", "told"),
    [
        ({"queued_polls": 1}, [1], [RUNNING], [(1, RUNNING), (4, SUCCEEDED)]),
        ({"running_polls": 1}, [1, 2], [QUEUED, SUCCEEDED], [(2, RUNNING), (2, SUCCEEDED)]),
        ({"running_polls": 2}, [0, 1, 1, 3], [QUEUED] * 3 + [RUNNING], [(2, RUNNING)]),
        (BOTH_WAIT, [1], [QUEUED], [(4, RUNNING), (7, SUCCEEDED)]),
        (BOTH_WAIT, [1, 3], [QUEUED, RUNNING], [(3, RUNNING), (6, SUCCEEDED)]),
        (BOTH_WAIT, [1, 4], [QUEUED, RUNNING], [(4, RUNNING), (7, SUCCEEDED)]),
        (BOTH_RUN, [3, 5], [RUNNING, SUCCEEDED], [(2, RUNNING), (5, SUCCEEDED)]),
        ({"running_polls": 3, "running": 4}, [3, 5], [RUNNING] * 2, [(2, RUNNING), (6, SUCCEEDED)]),
        ({"running_polls": 3, "running": 0}, [], [], [(2, RUNNING), (2, SUCCEEDED)]),
    ],
    ids=str,
)
def test_the_poll_or_the_time_moves_the_job_whichever_is_first(
    rule: dict[str, int],
    polled_at: list[int],
    seen: list[Status],
    told: list[tuple[int, Status]],
) -> None:
    one = world(**rule)
    (job,) = submit(one, draft())
    happened: list[Happening] = []
    states = []
    for at in polled_at:
        outcome = one.apply(at, Called(provider="acme", operation="status", job=job.id, poll=True))
        happened += outcome.happenings
        assert isinstance(outcome.reply, Struck)
        states.append(outcome.reply.state)
    happened += leap(one)
    assert states == seen
    assert moves(happened) == told


@dataclass(slots=True)
class Stage:
    """A job that is counted, as the model sees it at one instant after another."""

    spans: tuple[int | None, int | None]
    polls: tuple[int | None, int | None]
    limit: int | None
    stands: Status = QUEUED
    since: int = 0
    polled: int = 0

    def moves(self, now: int) -> None:
        self.stands = RUNNING if self.stands is QUEUED else SUCCEEDED
        self.since, self.polled = now, 0

    def reach(self, now: int) -> None:
        """All that time alone does by now."""
        while not self.stands.over:
            span = self.spans[self.stands is RUNNING]
            if span is None or self.since + span > now:
                break
            self.moves(now)
        if self.limit is not None and now >= self.limit and not self.stands.over:
            self.stands = FAILED

    def poll(self, now: int) -> Status:
        self.polled += 1
        wanted = None if self.stands.over else self.polls[self.stands is RUNNING]
        if wanted is not None and self.polled >= wanted:
            self.moves(now)
        return self.stands


RULE_SPANS = st.sampled_from([None, 0, 1, 5])


@calm
@given(
    queued=RULE_SPANS,
    running=RULE_SPANS,
    polls=st.tuples(POLLS, POLLS),
    limit=st.sampled_from([None, None, 0, 1, 2, 5, 7]),
    polled_at=st.lists(st.integers(0, 12), max_size=9).map(sorted),
)
def test_a_counted_job_stands_where_polls_and_time_have_brought_it(
    queued: int | None,
    running: int | None,
    polls: tuple[int | None, int | None],
    limit: int | None,
    polled_at: list[int],
) -> None:
    one = world(queued=queued, running=running, queued_polls=polls[0], running_polls=polls[1])
    (job,) = submit(one, draft(limit=limit))
    timed = (2 if polls[0] is None else None, 3 if polls[1] is None else None)
    spans = (timed[0] if queued is None else queued, timed[1] if running is None else running)
    model = Stage(spans, polls, limit)
    model.reach(0)
    for now in range(20):
        outcome = one.apply(now, Tick())
        model.reach(now)
        for _ in range(polled_at.count(now)):
            wanted = model.poll(now)
            outcome = one.apply(
                now, Called(provider="acme", operation="status", job=job.id, poll=True)
            )
            model.reach(now)
            assert isinstance(outcome.reply, Struck)
            assert outcome.reply.state in (wanted, model.stands)
        assert one.jobs[job.id].status(now) is model.stands
        assert one.now == now


@calm
@given(
    polls=st.tuples(POLLS, POLLS),
    spans=st.tuples(RULE_SPANS, RULE_SPANS),
    limit=st.sampled_from([None, 0, 2, 6]),
    gaps=st.lists(st.sampled_from([0, 0, 1, 3]), max_size=9),
)
def test_no_move_is_made_twice(
    polls: tuple[int | None, int | None],
    spans: tuple[int | None, int | None],
    limit: int | None,
    gaps: list[int],
) -> None:
    one = world(queued=spans[0], running=spans[1], queued_polls=polls[0], running_polls=polls[1])
    (job,) = submit(one, draft(limit=limit))
    told: list[Happening] = []
    for gap in gaps:
        called = Called(provider="acme", operation="status", job=job.id, poll=True)
        told += one.apply(one.now + gap, called).happenings
    told += leap(one)
    steps = [to for _, to in moves(told)]
    assert len(steps) == len(set(steps)) <= 2
    assert sum(to.over for to in steps) <= 1
    assert [at for at, _ in moves(told)] == sorted(at for at, _ in moves(told))
    assert one.due is None


@pytest.mark.parametrize(
    ("rule", "polls", "told"),
    [
        ({"queued_polls": 9}, 0, [(10, FAILED)]),
        ({"queued_polls": 1}, 1, [(4, RUNNING), (7, SUCCEEDED)]),
        ({"queued_polls": 1, "running": 6}, 1, [(4, RUNNING), (10, SUCCEEDED)]),
        ({"queued_polls": 1, "running": 7}, 1, [(4, RUNNING), (10, FAILED)]),
        ({"queued_polls": 1, "ending": Ending.STICK}, 1, [(4, RUNNING), (10, FAILED)]),
        ({"running_polls": 9}, 0, [(2, RUNNING), (10, FAILED)]),
        ({"running_polls": 9, "running": 8}, 0, [(2, RUNNING), (10, SUCCEEDED)]),
        ({"running_polls": 9, "running": 9}, 0, [(2, RUNNING), (10, FAILED)]),
        ({"queued": 9, "running_polls": 9}, 0, [(9, RUNNING), (10, FAILED)]),
        ({"queued": 10, "running_polls": 9}, 0, [(10, FAILED)]),
        ({"queued": 11, "running_polls": 9}, 0, [(10, FAILED)]),
        ({"queued": 10, "running_polls": 9, "running": 0}, 0, [(10, RUNNING), (10, SUCCEEDED)]),
        ({"queued": 10, "queued_polls": 9, "running_polls": 1}, 0, [(10, FAILED)]),
    ],
    ids=str,
)
def test_a_limit_ends_a_counted_job_as_it_does_any_other(
    rule: dict[str, object], polls: int, told: list[tuple[int, Status]]
) -> None:
    one = world(**rule)
    (job,) = submit(one, draft(limit=10))
    happened = list(one.apply(4, Tick()).happenings)
    for _ in range(polls):
        called = Called(provider="acme", operation="status", job=job.id, poll=True)
        happened += one.apply(4, called).happenings
    happened += leap(one)
    assert moves(happened) == told
    end = one.jobs[job.id]
    assert end.plan.error == (TIMED_OUT if told[-1][1] is FAILED else None)
    assert one.books.account("acme").held == 0


def test_a_job_that_is_counted_without_a_time_or_a_limit_waits_for_ever() -> None:
    one = world(queued_polls=1)
    (job,) = submit(one, draft())
    assert one.due is None
    assert leap(one) == []
    assert one.books.account("acme").held == 6
    assert poll(one, job) is RUNNING


@pytest.mark.parametrize("ending", [Ending.FAIL, Ending.CANCEL])
def test_a_counted_job_ends_as_its_rule_says(ending: Ending) -> None:
    one = world(running_polls=1, ending=ending)
    (job,) = submit(one, draft())
    assert poll(one, job, at=3) is (FAILED if ending is Ending.FAIL else CANCELLED)
    assert one.books.account("acme") == Account(deposited=50, available=50)


def test_a_counted_job_that_sticks_runs_for_ever() -> None:
    one = world(queued_polls=2, ending=Ending.STICK)
    (job,) = submit(one, draft())
    assert [poll(one, job) for _ in range(5)] == [QUEUED, *[RUNNING] * 4]
    assert (job.plan.delivers, job.plan.error) == (0, None)
    assert leap(one) == []


def test_a_counted_job_that_runs_out_of_credit_is_charged_nothing() -> None:
    one = world(running_polls=2, ending=Ending.OUT_OF_CREDIT)
    (job,) = submit(one, draft())
    assert [poll(one, job, at=5) for _ in range(2)] == [RUNNING, FAILED]
    assert one.jobs[job.id].plan.error == NO_CREDIT
    assert list(one.books.postings) == []


@pytest.mark.parametrize("polls", [0, 1, 2])
def test_a_counted_job_that_is_cancelled_goes_no_further(polls: int) -> None:
    one = world(queued_polls=1, running_polls=2, running=50)
    (job,) = submit(one, draft())
    for _ in range(polls):
        poll(one, job)
    one.apply(1, Cancel(provider="acme", job=job.id, bills=True))
    assert [poll(one, job) for _ in range(3)] == [CANCELLED] * 3
    assert leap(one) == []
    assert (one.polled, one.due) == ({}, None)
    assert one.books.account("acme").captured == (4 if polls else 0)


def test_a_job_of_a_call_that_blocks_is_never_counted() -> None:
    one = world(queued_polls=9, running_polls=9)
    (job,) = submit(one, draft(apart=True))
    assert one.polled == {}
    assert [poll(one, job, at=1) for _ in range(9)] == [QUEUED] * 9
    assert ends(one, (job,)) == [(SUCCEEDED, None)]
    assert one.now > 5
    assert one.jobs[job.id].ended(one.now) == 5


@pytest.mark.parametrize(
    "call",
    [
        {"job": None},
        {"job": "nope"},
        {"poll": False},
        {"provider": "zenith"},
    ],
    ids=str,
)
def test_only_a_look_at_the_job_itself_is_counted(call: dict[str, object]) -> None:
    one = world(queued_polls=1)
    (job,) = submit(one, draft())
    usual = {"provider": "acme", "operation": "status", "job": job.id, "poll": True}
    outcome = one.apply(0, Called(**usual | call))  # type: ignore[arg-type]
    assert outcome.happenings == ()
    assert one.jobs[job.id] == job


def test_a_fault_sees_the_job_where_the_poll_has_brought_it() -> None:
    one = world(running_polls=2)
    (job,) = submit(one, draft())
    assert [poll(one, job, at=3) for _ in range(3)] == [RUNNING, SUCCEEDED, SUCCEEDED]


def test_a_move_that_a_poll_has_brought_is_due_no_more() -> None:
    one = world(queued_polls=1, queued=4, running=20)
    (job,) = submit(one, draft())
    assert one.due == 4
    poll(one, job, at=1)
    assert one.due == 21


def test_each_job_counts_its_own_polls() -> None:
    one = world(queued_polls=2)
    left, right = submit(one, draft(), draft())
    assert [poll(one, job) for job in (left, right, left)] == [QUEUED, QUEUED, RUNNING]
    assert one.jobs[right.id].status(one.now) is QUEUED


def test_a_restored_world_goes_on_counting_polls() -> None:
    one = world(queued_polls=2)
    (job,) = submit(one, draft())
    poll(one, job)
    taken = take(one)
    assert poll(restore(taken), job) is RUNNING
    assert one.jobs[job.id].status(one.now) is QUEUED
    assert poll(one, job) is RUNNING
    assert taken.polled == {job.id: 1}
