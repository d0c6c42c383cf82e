"""What fails behind the provider: the money runs out, and upstream accounts are down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.core.commands import Jobs, Short, Submit
from emulator.core.jobs import Status
from emulator.core.ledger import Account
from emulator.core.planning import NO_CREDIT, NOTICED
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import NAME, draft, ends, submit

NO_ROUTE = Refused(Reason.NO_ROUTE, "No healthy route is currently available.")
BROKE = PlanRule(ending=Ending.OUT_OF_CREDIT, error="Not this.")


def world(**told: object) -> World:
    return World(NAME, Scenario(**{"start": 0, "balance": 50} | told))  # type: ignore[arg-type]


@pytest.mark.parametrize("short", Short)
@pytest.mark.parametrize("by", ["scenario", "submit"])
def test_a_job_that_runs_out_of_credit_holds_nothing_costs_nothing_and_fails(
    by: str, short: Short
) -> None:
    one = world(plans=(BROKE,) if by == "scenario" else ())
    jobs = submit(one, draft(outputs=2), rules=(BROKE,) if by == "submit" else (), short=short)
    assert [job.hold for job in jobs] == [0]
    assert ends(one, jobs) == [(Status.FAILED, NO_CREDIT)]
    assert list(one.books.postings) == []
    assert one.books.account("acme") == Account(deposited=50, available=50)


def test_only_the_job_that_the_rule_is_about_runs_out_of_credit() -> None:
    one = world(plans=(replace(BROKE, job=2),))
    jobs = submit(one, draft(), draft(), draft())
    assert [job.hold for job in jobs] == [6, 0, 6]
    assert [end for end, _ in ends(one, jobs)] == [
        Status.SUCCEEDED,
        Status.FAILED,
        Status.SUCCEEDED,
    ]
    assert one.books.account("acme") == Account(deposited=50, available=42, captured=8)


@pytest.mark.parametrize(("running", "ran"), [(NOTICED + 1, NOTICED), (NOTICED - 1, NOTICED - 1)])
def test_that_the_money_has_run_out_is_noticed_soon(running: int, ran: int) -> None:
    one = world(plans=(replace(BROKE, queued=7, running=running),))
    (job,) = submit(one, draft())
    assert [(move.at, move.to) for move in job.plan.moves] == [
        (7, Status.RUNNING),
        (7 + ran, Status.FAILED),
    ]


def test_a_submits_rules_come_before_the_scenarios() -> None:
    one = world(plans=(PlanRule(ending=Ending.STICK),))
    first = PlanRule(job=1, ending=Ending.FAIL, error="It broke.")
    jobs = submit(one, draft(), draft(), rules=(first, PlanRule(job=2)))
    assert ends(one, jobs) == [(Status.FAILED, "It broke."), (Status.SUCCEEDED, None)]
    (stuck,) = submit(one, draft(), rules=(first,))
    assert not any(move.to.over for move in stuck.plan.moves)


@pytest.mark.parametrize("route_first", [False, True])
@pytest.mark.parametrize(
    ("accounts", "failing", "route"),
    [
        ((True, True, True), 0, 0),
        ((True, True, True), 1, 1),
        ((True, True, True), 2, 2),
        ((True, True, True), 3, None),
        ((True, False, True), 1, 2),
        ((True, False, True), 2, None),
        ((False, True, True), 1, 2),
        ((True,), 1, None),
        ((False,), 1, None),
        ((), 5, None),
    ],
    ids=str,
)
def test_the_next_healthy_account_takes_what_others_fail_to(
    accounts: tuple[bool, ...], failing: int, route: int | None, route_first: bool
) -> None:
    one = world(accounts=accounts)
    before = take(one)
    asked = Submit(
        provider="acme",
        drafts=(draft(),),
        routed=True,
        route_first=route_first,
        failing=failing,
        idempotency="again",
    )
    reply = one.apply(0, asked).reply
    if route is None:
        assert reply == NO_ROUTE
        assert take(one) == before
        return
    assert isinstance(reply, Jobs)
    assert reply.one.route == route
    assert one.books.account("acme") == Account(deposited=50, available=44, held=6)
    assert ends(one, reply.jobs) == [(Status.SUCCEEDED, None)]


def test_a_job_that_needs_no_route_does_not_mind_failing_accounts() -> None:
    (job,) = submit(world(), draft(), failing=9)
    assert job.route == 0
