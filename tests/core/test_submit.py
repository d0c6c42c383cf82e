from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.core.commands import Cancel, Jobs, Moved, Short, Submit, Tick
from emulator.core.jobs import Draft, Extension, Job, Status
from emulator.core.ledger import Account
from emulator.core.planning import NO_CREDIT
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import NAME, draft, ends, submit

NO_ROUTE = Refused(Reason.NO_ROUTE, "No healthy route is currently available.")
SHORT_OF_6 = Refused(Reason.NO_CREDIT, "0.000006 USD are needed, 0.000005 USD are available")


def world(**told: object) -> World:
    return World(NAME, Scenario(**{"start": 0, "balance": 50} | told))  # type: ignore[arg-type]


def holds(jobs: tuple[Job, ...]) -> list[int]:
    return [job.hold for job in jobs]


def test_jobs_are_answered_as_they_are_made() -> None:
    one = world()
    reply = one.apply(7, Submit(provider="acme", drafts=(draft(), draft(model="quick")))).reply
    assert isinstance(reply, Jobs)
    assert reply.now == 7
    assert [(job.number, job.submitted, job.draft.model) for job in reply.jobs] == [
        (1, 7, "slow"),
        (2, 7, "quick"),
    ]
    assert tuple(one.jobs.values()) == reply.jobs
    assert one.books.account("acme") == Account(deposited=50, available=38, held=12)


def test_jobs_are_numbered_in_the_world_and_matched_by_the_providers_count() -> None:
    one = world(plans=(PlanRule(provider="acme", job=2, ending=Ending.FAIL),))
    for provider in ("acme", "zenith", "zenith", "acme"):
        one.apply(0, Submit(provider=provider, drafts=(draft(),)))
    assert [job.number for job in one.jobs.values()] == [1, 2, 3, 4]
    assert [job.plan.moves[-1].to for job in one.jobs.values()] == [
        *[Status.SUCCEEDED] * 3,
        Status.FAILED,
    ]


@pytest.mark.parametrize(
    ("short", "drafts", "held"),
    [
        (Short.REFUSE, 2, [6, 6]),
        (Short.REFUSE, 3, None),
        (Short.PART, 2, [6, 6]),
        (Short.PART, 3, [6, 6, 0]),
        (Short.FAIL, 2, [6, 6]),
        (Short.FAIL, 4, [6, 6, 0, 0]),
    ],
)
def test_a_short_balance_refuses_all_covers_a_part_or_lets_the_rest_fail(
    short: Short, drafts: int, held: list[int] | None
) -> None:
    one = world(balance=12)
    asked = Submit(provider="acme", drafts=(draft(),) * drafts, short=short)
    reply = one.apply(0, asked).reply
    if held is None:
        assert reply == Refused(
            Reason.NO_CREDIT, "0.000018 USD are needed, 0.000012 USD are available"
        )
        return
    assert isinstance(reply, Jobs)
    assert holds(reply.jobs) == held
    assert one.books.account("acme") == Account(deposited=12, held=12)
    assert ends(one, reply.jobs) == [
        (Status.SUCCEEDED, None) if hold else (Status.FAILED, NO_CREDIT) for hold in held
    ]


@pytest.mark.parametrize(
    ("short", "held"), [(Short.REFUSE, None), (Short.PART, None), (Short.FAIL, [0])]
)
def test_a_balance_that_covers_nothing_refuses_or_lets_it_fail(
    short: Short, held: list[int] | None
) -> None:
    one = world(balance=5)
    reply = one.apply(0, Submit(provider="acme", drafts=(draft(),), short=short)).reply
    if held is None:
        assert reply == SHORT_OF_6
    else:
        assert isinstance(reply, Jobs)
        assert holds(reply.jobs) == held


def test_what_is_covered_is_the_first_and_nothing_after_a_gap() -> None:
    one = world(balance=12)
    asked = (draft(), draft(hold=20), draft(hold=1))
    assert holds(submit(one, *asked, short=Short.PART)) == [6, 0, 0]


def test_a_job_without_a_price_needs_no_balance() -> None:
    one = world(balance=0)
    (job,) = submit(one, draft(price=0, hold=0))
    assert ends(one, (job,)) == [(Status.SUCCEEDED, None)]
    assert list(one.books.postings) == []


@pytest.mark.parametrize(
    ("accounts", "route"),
    [((True,), 0), ((True, True), 0), ((False, True), 1), ((False, False, True), 2)],
    ids=str,
)
def test_a_routed_job_takes_the_first_account_that_is_up(
    accounts: tuple[bool, ...], route: int
) -> None:
    (job,) = submit(world(accounts=accounts), draft(), routed=True)
    assert job.route == route


@pytest.mark.parametrize("accounts", [(), (False,), (False, False)], ids=str)
def test_a_job_that_needs_no_route_never_lacks_one(accounts: tuple[bool, ...]) -> None:
    (job,) = submit(world(accounts=accounts), draft())
    assert job.route == 0


BAD_SOURCE = Refused(
    Reason.BAD_PARAMS, "source_video is not an operation of this key that has succeeded."
)


@pytest.mark.parametrize("route_first", [False, True])
@pytest.mark.parametrize("short", [Short.REFUSE, Short.PART])
@pytest.mark.parametrize(
    ("balance", "up", "extends", "no", "no_if_route_first"),
    [
        (50, False, False, NO_ROUTE, NO_ROUTE),
        (5, True, False, SHORT_OF_6, SHORT_OF_6),
        (5, False, False, SHORT_OF_6, NO_ROUTE),
        (5, False, True, BAD_SOURCE, BAD_SOURCE),
    ],
    ids=["no-route", "no-credit", "neither", "nothing-at-all"],
)
def test_a_refused_submit_leaves_no_trace(
    balance: int,
    up: bool,
    extends: bool,
    no: Refused,
    no_if_route_first: Refused,
    short: Short,
    route_first: bool,
) -> None:
    one = world(balance=balance, accounts=(up,))
    before = take(one)
    asked = draft(extends=Extension(job="nope", longest=9.0, side=8) if extends else None)
    terms = Submit(
        provider="acme",
        drafts=(asked,),
        short=short,
        routed=True,
        route_first=route_first,
        idempotency="again",
    )
    outcome = one.apply(3, terms)
    assert outcome.reply == (no_if_route_first if route_first else no)
    assert outcome.happenings == ()
    assert (one.jobs, one.books.accounts, list(one.books.postings), one.due) == ({}, {}, [], None)
    assert take(one) == replace(before, now=3)


def test_a_refused_submit_takes_no_number_and_no_key() -> None:
    one, other = world(balance=6), world(balance=6)
    one.apply(0, Submit(provider="acme", drafts=(draft(hold=7),), idempotency="again"))
    assert submit(one, draft(), idempotency="again") == submit(other, draft())


def test_a_repeated_key_gives_the_first_jobs_whatever_is_asked() -> None:
    one = world(balance=12, accounts=(False,))
    first = submit(one, draft(), draft(), idempotency="again")
    again = Submit(provider="acme", drafts=(draft(hold=99),), routed=True, idempotency="again")
    outcome = one.apply(3, again)
    assert outcome.reply == Jobs(now=3, jobs=first)
    assert all(isinstance(told, Moved) for told in outcome.happenings)
    assert one.count == 2


def test_a_repeated_key_gives_a_job_as_it_stands_by_now() -> None:
    one = world()
    (job,) = submit(one, draft(), idempotency="again")
    one.apply(1, Cancel(provider="acme", job=job.id))
    (same,) = submit(one, draft(), idempotency="again")
    assert (same.id, same.cancelled) == (job.id, 1)


@pytest.mark.parametrize(
    ("provider", "key"),
    [("zenith", "again"), ("acme", "other"), ("acme", None), ("acme", "")],
    ids=str,
)
def test_another_key_or_provider_makes_other_jobs(provider: str, key: str | None) -> None:
    one = world()
    submit(one, draft(), idempotency="again")
    one.apply(0, Submit(provider=provider, drafts=(draft(),), idempotency=key))
    one.apply(0, Submit(provider=provider, drafts=(draft(),)))
    assert len(one.jobs) == 3


def extension(job: str, rate: int = 0) -> Draft:
    return draft(extends=Extension(job=job, longest=9.0, side=8, rate=rate))


def test_a_job_goes_on_from_one_that_has_succeeded() -> None:
    one = world()
    (first,) = submit(one, draft())
    one.apply(5, Tick())
    (second,) = submit(one, extension(first.id, rate=2))
    assert second.draft.shot.seconds == 8.0
    assert (second.draft.price, second.hold) == (16, 16)
    assert one.books.account("acme") == Account(deposited=50, available=30, held=16, captured=4)


@pytest.mark.parametrize("at", [0, 4], ids=["queued", "running"])
def test_a_job_does_not_go_on_from_one_that_has_not_ended(at: int) -> None:
    one = world()
    (first,) = submit(one, draft())
    asked = Submit(provider="acme", drafts=(draft(), extension(first.id)))
    assert one.apply(at, asked).reply == BAD_SOURCE
    assert len(one.jobs) == 1


def test_a_job_does_not_go_on_from_another_providers() -> None:
    one = world()
    (first,) = submit(one, draft())
    one.apply(5, Tick())
    asked = Submit(provider="zenith", drafts=(extension(first.id),))
    assert one.apply(5, asked).reply == BAD_SOURCE


def test_the_balance_must_cover_an_extension_as_it_is_priced() -> None:
    one = world(balance=19)
    (first,) = submit(one, draft())
    one.apply(5, Tick())
    asked = Submit(provider="acme", drafts=(extension(first.id, rate=2),))
    assert one.apply(5, asked).reply == Refused(
        Reason.NO_CREDIT, "0.000016 USD are needed, 0.000015 USD are available"
    )
