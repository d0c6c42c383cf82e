from __future__ import annotations

import pytest

from emulator.core.commands import Cancel, Ended, Find, Submit, Tick, TopUp
from emulator.core.jobs import Extension, Status, Timing
from emulator.core.ledger import Account
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import PlanRule, Scenario
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from tests.core.strategies import NAME, draft, ids, leap, submit


def world(keep: int, *plans: PlanRule) -> World:
    return World(NAME, Scenario(start=0, balance=100, keep=keep, plans=plans))


@pytest.mark.parametrize(("keep", "kept"), [(0, []), (1, [2]), (2, [0, 2]), (3, [1, 0, 2])])
def test_the_last_jobs_to_end_are_remembered(keep: int, kept: list[int]) -> None:
    """By their end, not by their number: here the second ends first and the third last."""
    one = world(keep, PlanRule(job=2, running=0), PlanRule(job=3, running=9))
    jobs = submit(one, draft(), draft(), draft())
    leap(one)
    assert set(one.jobs) == {jobs[nth].id for nth in kept}
    assert one.books.account("acme") == Account(deposited=100, available=88, captured=12)


@pytest.mark.parametrize("keep", [0, 1])
def test_a_job_that_lives_is_never_forgotten(keep: int) -> None:
    one = world(keep, PlanRule(job=1, running=50))
    old, *_ = submit(one, draft(), draft(), draft())
    one.apply(40, Tick())
    assert one.jobs[old.id] == old
    assert old.status(one.now) is Status.RUNNING
    leap(one)
    assert list(one.jobs) == [old.id][:keep]


@pytest.mark.parametrize("keep", [0, 3])
def test_a_cancelled_job_is_answered_even_if_it_is_forgotten_at_once(keep: int) -> None:
    one = world(keep)
    (job,) = submit(one, draft())
    reply = one.apply(1, Cancel(provider="acme", job=job.id)).reply
    assert isinstance(reply, Ended)
    assert reply.job.cancelled == 1
    assert len(one.jobs) == min(keep, 1)
    assert leap(one) == []


def test_a_job_that_takes_no_time_is_answered_even_if_it_is_forgotten_at_once() -> None:
    one = world(0)
    swift = draft(timing=Timing(queued=(0, 0), running=(0, 0)))
    assert [job.id for job in submit(one, swift)] == ids(Scenario(), upto=1)
    assert one.jobs == {}


def test_a_forgotten_job_is_unknown_to_everyone() -> None:
    one = world(0)
    (job,) = submit(one, draft())
    leap(one)
    no = Refused(Reason.UNKNOWN_JOB, job.id)
    with pytest.raises(Refused) as seen:
        one.ask(one.now, Find(provider="acme", job=job.id))
    assert seen.value == no
    assert one.apply(one.now, Cancel(provider="acme", job=job.id)).reply == no
    extending = draft(extends=Extension(job=job.id, longest=9.0, side=8))
    reply = one.apply(one.now, Submit(provider="acme", drafts=(extending,))).reply
    assert isinstance(reply, Refused)


def test_postings_are_forgotten_from_the_oldest_and_their_sums_are_kept() -> None:
    one = world(0)
    for _ in range(1100):
        one.apply(one.now + 1, TopUp(provider="acme", amount=1))
    assert [posting.at for posting in one.books.postings] == list(range(101, 1101))
    assert one.books.account("acme") == Account(deposited=1200, available=1200)
    restored = restore(take(one))
    for world_ in (one, restored):
        world_.apply(1101, TopUp(provider="acme", amount=1))
    assert take(restored) == take(one)
    assert len(restored.books.postings) == 1000


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_a_key_is_remembered_as_long_as_a_job_of_it(keep: int) -> None:
    one = world(keep)
    made = [submit(one, draft(), draft(), idempotency=f"key {nth}") for nth in range(8)]
    for again in (one, restore(take(one))):
        for nth, jobs in enumerate(made):
            assert submit(again, draft(), idempotency=f"key {nth}") == jobs
        leap(again)
        assert len(again.promised.made) == (keep + 1) // 2
        assert len(submit(again, draft(), idempotency="key 0")) == 1


def test_a_cancelled_job_that_had_long_to_go_leaves_nothing_behind() -> None:
    one = world(0)
    for _ in range(3000):
        (job,) = submit(one, draft())
        one.apply(one.now, Cancel(provider="acme", job=job.id))
    assert len(one.agenda) < 2000
