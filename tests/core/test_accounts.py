from __future__ import annotations

import pytest

from emulator.core.commands import Cancel, Ended, Spend, TopUp
from emulator.core.jobs import Status
from emulator.core.ledger import Account, Kind
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario
from emulator.core.world import World
from tests.core.strategies import NAME, draft, leap, submit


@pytest.mark.parametrize(
    ("wait", "bills", "captured"),
    [(0, False, 0), (0, True, 0), (1, True, 0), (2, False, 0), (2, True, 4), (4, True, 4)],
)
def test_a_cancel_bills_only_a_job_that_runs(wait: int, bills: bool, captured: int) -> None:
    world = World(NAME, Scenario(start=0, balance=50))
    (job,) = submit(world, draft())
    reply = world.apply(wait, Cancel(provider="acme", job=job.id, bills=bills)).reply
    assert isinstance(reply, Ended)
    assert (reply.changed, reply.job.status(wait)) == (True, Status.CANCELLED)
    assert world.books.account("acme") == Account(
        deposited=50, available=50 - captured, captured=captured
    )
    assert leap(world) == []


@pytest.mark.parametrize("bills", [False, True])
def test_an_ended_job_is_not_cancelled(bills: bool) -> None:
    world = World(NAME, Scenario(start=0))
    (job,) = submit(world, draft())
    leap(world)
    outcome = world.apply(world.now, Cancel(provider="acme", job=job.id, bills=bills))
    assert outcome.reply == Ended(now=world.now, job=job, changed=False)
    assert outcome.happenings == ()


@pytest.mark.parametrize(
    ("provider", "known"), [("acme", False), ("zenith", True)], ids=["unknown", "anothers"]
)
def test_only_a_job_of_the_provider_is_cancelled(provider: str, known: bool) -> None:
    world = World(NAME, Scenario())
    (job,) = submit(world, draft())
    id = job.id if known else "nope"
    reply = world.apply(world.now, Cancel(provider=provider, job=id)).reply
    assert reply == Refused(Reason.UNKNOWN_JOB, id)


def test_an_account_opens_with_the_scenarios_balance_before_anything_is_posted() -> None:
    world = World(NAME, Scenario(start=7, balance=30))
    assert world.books.account("acme") == Account(deposited=30, available=30)
    assert world.books.accounts == {}
    world.apply(9, TopUp(provider="acme", amount=5))
    assert world.books.account("acme") == Account(deposited=35, available=35)
    assert world.books.account("zenith") == Account(deposited=30, available=30)
    world.apply(9, TopUp(provider="acme", amount=5, note="a gift"))
    opening, top_up, gift = world.books.postings
    assert (opening.kind, opening.amount, opening.note) == (Kind.DEPOSIT, 30, "opening balance")
    assert (top_up.kind, top_up.amount, top_up.note) == (Kind.DEPOSIT, 5, "top-up")
    assert (gift.kind, gift.amount, gift.note) == (Kind.DEPOSIT, 5, "a gift")


def test_what_is_not_available_is_not_spent() -> None:
    world = World(NAME, Scenario(balance=10))
    submit(world, draft())
    reply = world.apply(world.now, Spend(provider="acme", amount=5)).reply
    assert reply == Refused(
        Reason.NO_CREDIT, "0.000005 USD cannot be spent, only 0.000004 USD are available"
    )
    world.apply(world.now, Spend(provider="acme", amount=4, note="lunch"))
    assert world.books.account("acme") == Account(deposited=10, held=6, spent=4)
    assert world.books.postings[-1].note == "lunch"
