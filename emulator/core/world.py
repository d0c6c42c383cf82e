"""A world: everything one API key can see. `apply` is the only thing that changes it.

It knows no clock of its own, no provider's words and nothing of the web.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from heapq import heappop, heappush
from typing import TypeAlias, assert_never

from emulator.core.clock import Instant, Pace
from emulator.core.commands import (
    Browse,
    Cancel,
    Command,
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
    Submit,
    Tick,
    TopUp,
    Wind,
)
from emulator.core.jobs import OVER, Draft, Job, Status
from emulator.core.ledger import Account, Kind, Posting, post
from emulator.core.money import Micros, dollars
from emulator.core.planning import extended, identity, lot, plan, rule_for
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario

Due: TypeAlias = tuple[Instant, int, int, str]
"""A planned move on the agenda: its instant, the job's number, which move, the job's id."""

WAITING = frozenset({Status.QUEUED, Status.RUNNING})


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
                return Jobs(now=at, jobs=tuple(self._browse(query)))
            case Know():
                return Done(now=at)
            case _:
                assert_never(query)

    def expect(self, job: Job) -> None:
        """Count a job among those that wait, its first move after `now` on the agenda."""
        self.waiting[job.id] = None
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
        route = self._route() if submit.routed and submit.route_first else 0
        covered = self._covered(submit, drafts)
        if submit.routed and not submit.route_first:
            route = self._route()
        jobs = tuple(
            self._make(submit.provider, draft, route, covered=nth < covered)
            for nth, draft in enumerate(drafts)
        )
        if promise is not None:
            self.promised[promise] = tuple(job.id for job in jobs)
            if len(self.promised) > self.scenario.keep + 1:
                del self.promised[next(iter(self.promised))]
        return jobs

    def _route(self) -> int:
        for number, healthy in enumerate(self.scenario.accounts):
            if healthy:
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

    def _make(self, provider: str, draft: Draft, route: int, *, covered: bool) -> Job:
        self.count += 1
        nth = self.counts[provider] = self.counts.get(provider, 0) + 1
        drawn = lot(self.scenario.seed, self.name, self.count)
        rule = rule_for(self.scenario, provider, nth, draft)
        job = Job(
            id=identity(drawn),
            number=self.count,
            provider=provider,
            submitted=self.now,
            draft=draft,
            plan=plan(draft, rule, self.now, drawn, covered=covered),
            hold=draft.hold if covered else 0,
            route=route,
        )
        self.jobs[job.id] = job
        self.waiting[job.id] = None
        if job.hold:
            self._post(provider, Kind.HOLD, job.hold, job=job.id)
        self._plan_move(job, 0)
        return job

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
            job = self.jobs[id]
            to = job.plan.moves[nth].to
            if to in OVER:
                self._end(job, to)
            else:
                self._happened.append(Moved(self.now, job, to))
                self._plan_move(job, nth + 1)

    def _stale(self, due: Due) -> bool:
        job = self.jobs.get(due[3])
        return job is None or job.cancelled is not None

    def _plan_move(self, job: Job, nth: int) -> None:
        if nth < len(job.plan.moves):
            heappush(self.agenda, (job.plan.moves[nth].at, job.number, nth, job.id))

    def _end(self, job: Job, to: Status) -> None:
        charged = job.charged(self.now)
        if charged:
            self._post(job.provider, Kind.CAPTURE, charged, job=job.id)
        if job.hold > charged:
            self._post(job.provider, Kind.RELEASE, job.hold - charged, job=job.id)
        del self.waiting[job.id]
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

    def _browse(self, query: Browse) -> Iterator[Job]:
        ids: Iterable[str] = self.jobs
        if query.statuses is not None and query.statuses <= WAITING:
            ids = self.waiting
        if query.newest_first:
            ids = reversed(tuple(ids))
        for id in ids:
            job = self.jobs[id]
            if self._wanted(job, query):
                yield job

    def _wanted(self, job: Job, query: Browse) -> bool:
        return (
            job.provider == query.provider
            and (query.apart or not job.draft.apart)
            and query.model in (None, job.draft.model)
            and query.kind in (None, job.draft.kind)
            and all(job.draft.labels.get(name) == want for name, want in query.labels.items())
            and (query.statuses is None or job.status(self.now) in query.statuses)
        )
