"""A world: everything one API key can see. `apply` is the only thing that changes it.

It knows no clock of its own, no provider's words and nothing of the web.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from typing import assert_never

from emulator.core.admission import covered, route
from emulator.core.agenda import Agenda
from emulator.core.armory import Armory
from emulator.core.books import Books
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
    Spend,
    Struck,
    Submit,
    Tick,
    TopUp,
    Wind,
)
from emulator.core.faults import Attempt, Phase
from emulator.core.jobs import OVER, Draft, Job, Status
from emulator.core.ledger import Kind
from emulator.core.money import Micros, dollars
from emulator.core.planning import (
    changed,
    counted,
    extended,
    identity,
    lot,
    over_by,
    plan,
    rule_for,
)
from emulator.core.promises import Promises
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario


class World:
    """Jobs, accounts and ledger of one key, as its log of commands makes them.

    `standing` is how many of a provider's jobs stand where, `open` how many have not ended.
    """

    def __init__(self, name: str, scenario: Scenario) -> None:
        self.name = name
        self.scenario = scenario
        self.now: Instant = scenario.start
        self.pace: Pace = scenario.pace
        self.count = 0
        self.counts: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.books = Books(scenario)
        self.waiting: dict[str, None] = {}
        self.agenda = Agenda(self.jobs, self.waiting)
        self.finished: deque[str] = deque()
        self.promised = Promises(self.jobs)
        self.armory = Armory(name, scenario)
        self.polled: dict[str, int] = {}
        self.open: dict[str, int] = {}
        self.standing: Counter[tuple[str, Status]] = Counter()
        self._happened: list[Happening] = []

    @property
    def due(self) -> Instant | None:
        """When the next planned move comes; None if nothing is planned."""
        return self.agenda.due

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
        self._expect(job, sum(move.at <= self.now for move in job.plan.moves))

    # What each command does.

    def _act(self, command: Command) -> Reply:
        match command:
            case Submit():
                return Jobs(now=self.now, jobs=self._submit(command))
            case Cancel():
                return self._cancel(command)
            case TopUp():
                self._post(Kind.DEPOSIT, command.provider, command.amount, note=command.note)
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
        if promise is not None and (before := self.promised.kept(promise)):
            return before
        drafts = tuple(self._extended(submit.provider, draft) for draft in submit.drafts)
        upstream = 0
        if submit.routed and submit.route_first:
            upstream = route(self.scenario.accounts, submit.failing)
        available = self.books.account(submit.provider).available
        many = covered(drafts, available, submit.short)
        if submit.routed and not submit.route_first:
            upstream = route(self.scenario.accounts, submit.failing)
        jobs = tuple(
            self._make(submit, draft, upstream, covered=nth < many)
            for nth, draft in enumerate(drafts)
        )
        if promise is not None:
            self.promised.make(promise, tuple(job.id for job in jobs))
        return jobs

    def _extended(self, provider: str, draft: Draft) -> Draft:
        if draft.extends is None:
            return draft
        source = self.jobs.get(draft.extends.job)
        own = source is not None and source.provider == provider
        return extended(draft, source if own else None, self.now)

    def _make(self, submit: Submit, draft: Draft, route: int, *, covered: bool) -> Job:
        provider = submit.provider
        self.count += 1
        nth = self.counts[provider] = self.counts.get(provider, 0) + 1
        drawn = lot(self.scenario.seed, self.name, self.count)
        rule = rule_for((*submit.rules, *self.scenario.plans), provider, nth, draft)
        for change in submit.changes:
            rule = changed(rule, change) if change.matches(provider, nth, draft) else rule
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
        self.jobs[job.id] = job
        self.standing[provider, Status.QUEUED] += 1
        self._await(job)
        if job.hold:
            self._post(Kind.HOLD, provider, job.hold, job.id)
        self._expect(job, 0)
        return job

    def _free(self, provider: str, rule: PlanRule) -> Instant:
        """When fewer than the rule's slots are taken, if every job goes as planned."""
        if rule.slots is None:
            return 0
        waiting = (self.jobs[id] for id in self.waiting)
        ends = sorted(over_by(job) for job in waiting if job.provider == provider)
        return ends[-rule.slots] if len(ends) >= rule.slots else 0

    def _await(self, job: Job) -> None:
        self.waiting[job.id] = None
        self.open[job.provider] = self.open.get(job.provider, 0) + 1

    def _called(self, called: Called) -> Struck:
        """Count a call: for the faults, and for the job's plan unless a fault keeps it from having
        any effect. The state that a fault is addressed by is the one that the call would show."""
        job = self._own(called)
        due = job is not None and called.poll and self._polled_enough(job)
        numbers = range(job.nth, job.nth + 1) if job is not None else range(0)
        if called.makes:
            first = self.counts.get(called.provider, 0) + 1
            numbers = range(first, first + called.makes)
        shown = replace(job, plan=counted(job, self.now)) if job is not None and due else job
        state = shown.status(self.now) if shown is not None else None
        attempt = Attempt(
            now=self.now,
            span=self.now - self.scenario.start,
            provider=called.provider,
            operation=called.operation,
            job=called.job,
            numbers=numbers,
            state=state,
            waiting=self.open.get(called.provider, 0),
            makes=called.makes,
            stream=called.stream,
            matched=called.matched,
        )
        taker = self.armory.meet(attempt, called.fault)
        lost = taker is not None and taker.fault.phase is Phase.BEFORE
        if job is not None and called.poll and job.id in self.polled and not lost:
            self.polled[job.id] += 1
            if due:
                self._arrive(job, len(job.plan.moves))
        if taker is None:
            return Struck(now=self.now, fault=None, state=state)
        return Struck(now=self.now, fault=taker.fault, state=state, window=taker.window)

    def _own(self, called: Called) -> Job | None:
        job = self.jobs.get(called.job or "")
        return job if job is not None and job.provider == called.provider else None

    def _polled_enough(self, job: Job) -> bool:
        """Whether the next poll is the one at which a counted move comes."""
        wanted = job.plan.rest[0].polls if job.id in self.polled else None
        return wanted is not None and self.polled[job.id] + 1 >= wanted

    def _cancel(self, cancel: Cancel) -> Ended:
        job = self._job(cancel.provider, cancel.job)
        stands = job.status(self.now)
        if stands.over:
            return Ended(now=self.now, job=job, changed=False)
        bills = cancel.bills and stands is Status.RUNNING
        job = replace(job, cancelled=self.now, cancel_bills=bills)
        self.jobs[job.id] = job
        self._end(job, stands, Status.CANCELLED)
        return Ended(now=self.now, job=job, changed=True)

    def _spend(self, spend: Spend) -> None:
        available = self.books.account(spend.provider).available
        if spend.amount > available:
            raise Refused(
                Reason.NO_CREDIT,
                f"{dollars(spend.amount)} USD cannot be spent, "
                f"only {dollars(available)} USD are available",
            )
        self._post(Kind.SPEND, spend.provider, spend.amount, note=spend.note)

    # How time passes.

    def _settle(self, at: Instant) -> None:
        """Every planned move up to `at`, in order of instant, then of submission."""
        while (due := self.agenda.take(at)) is not None:
            self.now, job, nth = due
            self._arrive(job, nth)

    def _arrive(self, job: Job, nth: int) -> None:
        """The job's `nth` move has come; one that was counted is now known."""
        stood = job.plan.moves[nth - 1].to if nth else Status.QUEUED
        if nth == len(job.plan.moves):
            job = self.jobs[job.id] = replace(job, plan=counted(job, self.now))
            del self.polled[job.id]
        to = job.plan.moves[nth].to
        if to in OVER:
            self._end(job, stood, to)
        else:
            self._stand(job, stood, to)
            self._happened.append(Moved(self.now, job, to))
            self._expect(job, nth + 1)

    def _expect(self, job: Job, nth: int) -> None:
        """The job's `nth` move is to come, when its time has or when it was polled often enough."""
        if nth == len(job.plan.moves) and job.plan.rest:
            self.polled[job.id] = 0
        self.agenda.plan(job, nth)

    def _stand(self, job: Job, stood: Status, to: Status) -> None:
        self.standing[job.provider, stood] -= 1
        self.standing[job.provider, to] += 1

    def _end(self, job: Job, stood: Status, to: Status) -> None:
        self._stand(job, stood, to)
        charged = job.charged(self.now)
        if charged:
            self._post(Kind.CAPTURE, job.provider, charged, job.id)
        if job.hold > charged:
            self._post(Kind.RELEASE, job.provider, job.hold - charged, job.id)
        del self.waiting[job.id]
        self.open[job.provider] -= 1
        self.polled.pop(job.id, None)
        self.finished.append(job.id)
        self._happened.append(Moved(self.now, job, to))
        if len(self.finished) > self.scenario.keep:
            gone = self.jobs.pop(self.finished.popleft())
            self.standing[gone.provider, gone.status(self.now)] -= 1
            self.promised.forget(gone.id)

    def _post(
        self, kind: Kind, provider: str, amount: Micros, job: str | None = None, note: str = ""
    ) -> None:
        self._happened += self.books.post(self.now, kind, provider, amount, job, note)

    # How it is read.

    def _job(self, provider: str, id: str) -> Job:
        job = self.jobs.get(id)
        if job is None or job.provider != provider:
            raise Refused(Reason.UNKNOWN_JOB, id)
        return job
