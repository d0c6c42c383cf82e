"""A world: everything one API key can see. `apply` is the only thing that changes it.

It knows no clock of its own, no provider's words and nothing of the web.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from dataclasses import replace
from heapq import heappop, heappush
from typing import TypeAlias, assert_never

from emulator.core.armory import Armory
from emulator.core.browsing import browse
from emulator.core.clock import Instant, Pace
from emulator.core.commands import (
    Arm,
    Browse,
    Called,
    Cancel,
    Command,
    Disarm,
    Done,
    Ended,
    Find,
    Happening,
    Jobs,
    Know,
    Moved,
    Outcome,
    Query,
    Reply,
    Short,
    Spend,
    Struck,
    Submit,
    Tick,
    TopUp,
    Wind,
)
from emulator.core.faults import Attempt
from emulator.core.jobs import OVER, Draft, Job, Status
from emulator.core.ledger import Account, Kind, Posting, post
from emulator.core.money import Micros, dollars
from emulator.core.planning import (
    counted,
    deadline,
    extended,
    identity,
    lot,
    over_by,
    plan,
    rule_for,
)
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario

Due: TypeAlias = tuple[Instant, int, int, str]
"""A planned move on the agenda: its instant, the job's number, which move, the job's id.

A move that is counted in polls stands there for the instant at which it comes without them.
"""


class World:
    """Jobs, accounts and ledger of one key, as its log of commands makes them."""

    def __init__(self, name: str, scenario: Scenario) -> None:
        self.name = name
        self.scenario = scenario
        self.now: Instant = scenario.start
        self.pace: Pace = scenario.pace
        self.count = 0
        self.counts: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.accounts: dict[str, Account] = {}
        self.postings: deque[Posting] = deque(maxlen=4 * scenario.keep + 1000)
        self.agenda: list[Due] = []
        self.waiting: dict[str, None] = {}
        self.finished: deque[str] = deque()
        self.promised: dict[tuple[str, str], tuple[str, ...]] = {}
        self.armory = Armory(name, scenario)
        self.polled: dict[str, int] = {}
        self.open: dict[str, int] = {}
        self.lanes: dict[str, list[Instant]] = {}
        self._happened: list[Happening] = []

    @property
    def due(self) -> Instant | None:
        """When the next planned move comes; None if nothing is planned."""
        return self.agenda[0][0] if self.agenda else None

    def account(self, provider: str) -> Account:
        """The provider's account as it stands, opened with the scenario's balance."""
        opened = self.scenario.balance
        return self.accounts.get(provider) or Account(deposited=opened, available=opened)

    def apply(self, at: Instant, command: Command) -> Outcome:
        """Bring the world to `at`, then do what the command says. A refusal is a reply too.

        Afterwards no planned move up to `at` is left unsettled, not even one that the command
        made. `at` may not lie before `now`: the sequencer stamps instants that never decrease.
        """
        if at < self.now:
            raise ValueError(f"time went backwards in {self.name}: from {self.now} to {at}")
        self._settle(at)
        self.now = at
        try:
            reply: Reply | Refused = self._act(command)
        except Refused as no:
            reply = no
        self._settle(at)
        self.now = at
        happened, self._happened = tuple(self._happened), []
        return Outcome(reply, happened)

    def ask(self, at: Instant, query: Query) -> Reply:
        """Read the world as it stands at `at`; nothing changes.

        No planned move may lie between the last command and `at`: whoever asks has had them
        settled. Refused if there is no such job.
        """
        match query:
            case Find():
                return Jobs(now=at, jobs=(self._job(query.provider, query.job),))
            case Browse():
                return Jobs(now=at, jobs=tuple(browse(self.jobs, self.waiting, query, at)))
            case Know():
                return Done(now=at)
            case _:
                assert_never(query)

    def expect(self, job: Job) -> None:
        """Count a job among those that wait, its first move after `now` on the agenda."""
        self._await(job)
        self._plan_move(job, sum(move.at <= self.now for move in job.plan.moves))

    # What each command does.

    def _act(self, command: Command) -> Reply:
        match command:
            case Submit():
                return Jobs(now=self.now, jobs=self._submit(command))
            case Cancel():
                return self._cancel(command)
            case TopUp():
                self._post(command.provider, Kind.DEPOSIT, command.amount, note=command.note)
            case Spend():
                self._spend(command)
            case Wind():
                self.pace = Pace(command.mode, command.speed)
            case Arm():
                self.armory.arm(command.fault, self.now)
            case Disarm():
                self.armory.disarm(command.id, self.now, command.why)
            case Called():
                return self._called(command)
            case Tick():
                pass
            case _:
                assert_never(command)
        return Done(now=self.now)

    def _submit(self, submit: Submit) -> tuple[Job, ...]:
        promise = (submit.provider, submit.idempotency) if submit.idempotency else None
        if promise in self.promised:
            kept = (self.jobs.get(id) for id in self.promised[promise])
            if before := tuple(job for job in kept if job is not None):
                return before
        drafts = tuple(self._extended(submit.provider, draft) for draft in submit.drafts)
        route = self._route(submit.failing) if submit.routed and submit.route_first else 0
        covered = self._covered(submit, drafts)
        if submit.routed and not submit.route_first:
            route = self._route(submit.failing)
        jobs = tuple(
            self._make(submit, draft, route, covered=nth < covered)
            for nth, draft in enumerate(drafts)
        )
        if promise is not None:
            self.promised[promise] = tuple(job.id for job in jobs)
            if len(self.promised) > self.scenario.keep + 1:
                del self.promised[next(iter(self.promised))]
        return jobs

    def _route(self, failing: int) -> int:
        healthy = [number for number, well in enumerate(self.scenario.accounts) if well]
        for number in healthy[failing:]:
            return number
        raise Refused(Reason.NO_ROUTE, "No healthy route is currently available.")

    def _extended(self, provider: str, draft: Draft) -> Draft:
        if draft.extends is None:
            return draft
        source = self.jobs.get(draft.extends.job)
        own = source is not None and source.provider == provider
        return extended(draft, source if own else None, self.now)

    def _covered(self, submit: Submit, drafts: tuple[Draft, ...]) -> int:
        """How many of the drafts the balance covers, from the first on."""
        available = left = self.account(submit.provider).available
        covered = 0
        for draft in drafts:
            if draft.hold > left:
                break
            left -= draft.hold
            covered += 1
        lacking = covered < len(drafts)
        if lacking and (
            submit.short is Short.REFUSE or (submit.short is Short.PART and not covered)
        ):
            needed = sum(draft.hold for draft in drafts)
            raise Refused(
                Reason.NO_CREDIT,
                f"{dollars(needed)} USD are needed, {dollars(available)} USD are available",
            )
        return covered

    def _make(self, submit: Submit, draft: Draft, route: int, *, covered: bool) -> Job:
        provider = submit.provider
        self.count += 1
        nth = self.counts[provider] = self.counts.get(provider, 0) + 1
        drawn = lot(self.scenario.seed, self.name, self.count)
        rule = rule_for((*submit.rules, *self.scenario.plans), provider, nth, draft)
        covered = covered and rule.ending is not Ending.OUT_OF_CREDIT
        free = self._free(provider, rule)
        job = Job(
            id=identity(drawn),
            number=self.count,
            nth=nth,
            provider=provider,
            submitted=self.now,
            draft=draft,
            plan=plan(draft, rule, self.now, drawn, covered=covered, free=free),
            hold=draft.hold if covered else 0,
            route=route,
        )
        if rule.slots is not None:
            insort(self.lanes[provider], over_by(job))
        self.jobs[job.id] = job
        self._await(job)
        if job.hold:
            self._post(provider, Kind.HOLD, job.hold, job=job.id)
        self._plan_move(job, 0)
        return job

    def _free(self, provider: str, rule: PlanRule) -> Instant:
        """When the first of the rule's slots is free. A lane is the end of a job in a slot."""
        if rule.slots is None:
            return 0
        lanes = self.lanes.setdefault(provider, [])
        del lanes[: bisect_right(lanes, self.now)]
        return lanes[-rule.slots] if len(lanes) >= rule.slots else 0

    def _await(self, job: Job) -> None:
        self.waiting[job.id] = None
        self.open[job.provider] = self.open.get(job.provider, 0) + 1

    def _called(self, called: Called) -> Struck:
        """Count a call: first for the job's plan, then for the faults."""
        job = self._own(called)
        if job is not None and called.poll and job.id in self.polled:
            self._poll(job)
            job = self._own(called)
        numbers = range(job.nth, job.nth + 1) if job is not None else range(0)
        if called.makes:
            first = self.counts.get(called.provider, 0) + 1
            numbers = range(first, first + called.makes)
        state = job.status(self.now) if job is not None else None
        attempt = Attempt(
            now=self.now,
            span=self.now - self.scenario.start,
            provider=called.provider,
            operation=called.operation,
            job=called.job,
            numbers=numbers,
            state=state,
            waiting=self.open.get(called.provider, 0),
            matched=called.matched,
        )
        taker = self.armory.meet(attempt, called.fault)
        if taker is None:
            return Struck(now=self.now, fault=None, state=state)
        return Struck(now=self.now, fault=taker.fault, state=state, window=taker.window)

    def _own(self, called: Called) -> Job | None:
        job = self.jobs.get(called.job or "")
        return job if job is not None and job.provider == called.provider else None

    def _poll(self, job: Job) -> None:
        self.polled[job.id] += 1
        wanted = job.plan.rest[0].polls
        if wanted is not None and self.polled[job.id] >= wanted:
            self._arrive(job, len(job.plan.moves))

    def _cancel(self, cancel: Cancel) -> Ended:
        job = self._job(cancel.provider, cancel.job)
        stands = job.status(self.now)
        if stands.over:
            return Ended(now=self.now, job=job, changed=False)
        bills = cancel.bills and stands is Status.RUNNING
        job = replace(job, cancelled=self.now, cancel_bills=bills)
        self.jobs[job.id] = job
        self._end(job, Status.CANCELLED)
        return Ended(now=self.now, job=job, changed=True)

    def _spend(self, spend: Spend) -> None:
        available = self.account(spend.provider).available
        if spend.amount > available:
            raise Refused(
                Reason.NO_CREDIT,
                f"{dollars(spend.amount)} USD cannot be spent, "
                f"only {dollars(available)} USD are available",
            )
        self._post(spend.provider, Kind.SPEND, spend.amount, note=spend.note)

    # How time passes.

    def _settle(self, at: Instant) -> None:
        """Every planned move up to `at`, in order of instant, then of submission."""
        while self.agenda and (self.agenda[0][0] <= at or self._stale(self.agenda[0])):
            due = heappop(self.agenda)
            if self._stale(due):
                continue
            self.now, _, nth, id = due
            self._arrive(self.jobs[id], nth)

    def _arrive(self, job: Job, nth: int) -> None:
        """The job's `nth` move has come; one that was counted is now known."""
        if nth == len(job.plan.moves):
            job = self.jobs[job.id] = replace(job, plan=counted(job, self.now))
            del self.polled[job.id]
        to = job.plan.moves[nth].to
        if to in OVER:
            self._end(job, to)
        else:
            self._happened.append(Moved(self.now, job, to))
            self._plan_move(job, nth + 1)

    def _stale(self, due: Due) -> bool:
        at, _, nth, id = due
        job = self.jobs.get(id)
        if job is None or job.cancelled is not None:
            return True
        moves = job.plan.moves
        return (moves[nth].at if nth < len(moves) else deadline(job)) != at

    def _plan_move(self, job: Job, nth: int) -> None:
        moves = job.plan.moves
        counts = nth == len(moves) and bool(job.plan.rest)
        if counts:
            self.polled[job.id] = 0
        at = deadline(job) if counts else moves[nth].at if nth < len(moves) else None
        if at is not None:
            heappush(self.agenda, (at, job.number, nth, job.id))

    def _end(self, job: Job, to: Status) -> None:
        charged = job.charged(self.now)
        if charged:
            self._post(job.provider, Kind.CAPTURE, charged, job=job.id)
        if job.hold > charged:
            self._post(job.provider, Kind.RELEASE, job.hold - charged, job=job.id)
        del self.waiting[job.id]
        self.open[job.provider] -= 1
        self.polled.pop(job.id, None)
        self.finished.append(job.id)
        self._happened.append(Moved(self.now, job, to))
        if len(self.finished) > self.scenario.keep:
            del self.jobs[self.finished.popleft()]

    def _post(
        self, provider: str, kind: Kind, amount: Micros, *, job: str | None = None, note: str = ""
    ) -> None:
        if provider not in self.accounts:
            self.accounts[provider] = Account()
            self._enter(provider, Kind.DEPOSIT, self.scenario.balance, None, "opening balance")
        self._enter(provider, kind, amount, job, note)

    def _enter(self, provider: str, kind: Kind, amount: Micros, job: str | None, note: str) -> None:
        posting = Posting(
            at=self.now, provider=provider, kind=kind, amount=amount, job=job, note=note
        )
        self.accounts[provider] = post(self.accounts[provider], posting)
        self.postings.append(posting)
        self._happened.append(posting)

    # How it is read.

    def _job(self, provider: str, id: str) -> Job:
        job = self.jobs.get(id)
        if job is None or job.provider != provider:
            raise Refused(Reason.UNKNOWN_JOB, id)
        return job
