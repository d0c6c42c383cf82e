"""How a submitted job ends by its plan, and what becomes of its hold."""

from __future__ import annotations

import pytest

from emulator.core.commands import Cancel, Moved, Tick
from emulator.core.jobs import Status
from emulator.core.ledger import Account, Kind, Posting
from emulator.core.planning import BY_PROVIDER, TIMED_OUT
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.world import World
from tests.core.strategies import NAME, draft, ends, leap, submit


def world(*plans: PlanRule) -> World:
    return World(NAME, Scenario(start=0, balance=50, plans=plans))


@pytest.mark.parametrize(
    ("ending", "limit", "end"),
    [
        (Ending.FAIL, None, (Status.FAILED, "It broke.")),
        (Ending.CANCEL, None, (Status.CANCELLED, BY_PROVIDER)),
        (Ending.SUCCEED, 4, (Status.FAILED, TIMED_OUT)),
        (Ending.SUCCEED, 1, (Status.FAILED, TIMED_OUT)),
        (Ending.STICK, 40, (Status.FAILED, TIMED_OUT)),
    ],
    ids=["fails", "cancelled-by-provider", "times-out", "times-out-in-queue", "stuck-times-out"],
)
def test_a_job_that_delivers_nothing_gives_its_hold_back(
    ending: Ending, limit: int | None, end: tuple[Status, str]
) -> None:
    one = world(PlanRule(ending=ending, error="It broke."))
    jobs = submit(one, draft(limit=limit))
    assert one.books.account("acme").held == 6
    assert ends(one, jobs) == [end]
    assert one.books.account("acme") == Account(deposited=50, available=50)
    assert [posting.kind for posting in one.books.postings] == [
        Kind.DEPOSIT,
        Kind.HOLD,
        Kind.RELEASE,
    ]


def test_a_job_times_out_at_its_limit() -> None:
    one = world()
    submit(one, draft(limit=4))
    one.apply(3, Tick())
    told = one.apply(4, Tick()).happenings
    assert [type(event) for event in told] == [Posting, Moved]
    assert {event.at for event in told} == {4}


def test_a_stuck_job_runs_and_holds_forever() -> None:
    one = world(PlanRule(ending=Ending.STICK))
    (job,) = submit(one, draft())
    leap(one, 10**12)
    assert one.jobs[job.id].status(one.now) is Status.RUNNING
    assert one.books.account("acme") == Account(deposited=50, available=44, held=6)
    assert one.due is None
    one.apply(one.now, Cancel(provider="acme", job=job.id))
    assert one.books.account("acme") == Account(deposited=50, available=50)


@pytest.mark.parametrize(("deliver", "captured"), [(0, 0), (1, 4), (2, 8), (3, 12), (None, 12)])
def test_what_is_delivered_is_what_is_captured(deliver: int | None, captured: int) -> None:
    one = world(PlanRule(deliver=deliver))
    submit(one, draft(outputs=3, hold=20))
    leap(one)
    assert one.books.account("acme") == Account(
        deposited=50, available=50 - captured, captured=captured
    )
