"""Whatever is said to a world, its money adds up and each job's hold is resolved once."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from emulator.core.commands import (
    Arm,
    Called,
    Cancel,
    Command,
    Disarm,
    Ended,
    Jobs,
    Moved,
    Reply,
    Spend,
    Struck,
    Submit,
    Tick,
    TopUp,
)
from emulator.core.faults import Fault, Phase
from emulator.core.jobs import Draft, Extension, Job, Status
from emulator.core.ledger import Account, Kind, Posting
from emulator.core.refusals import Refused
from emulator.core.scenario import Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import (
    AMOUNTS,
    GAPS,
    LONG,
    NAME,
    PROVIDERS,
    SCENARIOS,
    calm,
    draft,
    drafts,
    submits,
)
from tests.core.striking import FAULTS_KNOWN, OPERATIONS, faults

Sums = dict[tuple[str, Kind], int]


class Books(RuleBasedStateMachine):
    """Keeps books of its own, from what is told, and compares them with the world's."""

    jobs = Bundle("jobs")

    @initialize(scenario=SCENARIOS)
    def opens(self, scenario: Scenario) -> None:
        self.world = World(NAME, scenario)
        self.postings: list[Posting] = []
        self.made: dict[str, Job] = {}
        self.ends: list[Moved] = []
        self.billed: set[str] = set()
        self.brought: Counter[str] = Counter()

    def hear(self, at: int, command: Command) -> Reply | Refused:
        outcome = self.world.apply(at, command)
        for one in outcome.happenings:
            if isinstance(one, Posting):
                self.postings.append(one)
            elif one.to.over:
                self.ends.append(one)
        return outcome.reply

    def say(self, gap: int, command: Command) -> Reply | Refused:
        """What a world says that has caught up first. A refusal leaves no trace."""
        self.hear(self.world.now + gap, Tick())
        before, told = take(self.world), len(self.postings) + len(self.ends)
        reply = self.hear(self.world.now, command)
        if isinstance(reply, Refused):
            assert take(self.world) == before
            assert len(self.postings) + len(self.ends) == told
        return reply

    def ask_for(self, gap: int, asked: Submit) -> list[str]:
        reply = self.say(gap, asked)
        if not isinstance(reply, Jobs):
            return []
        fresh = [job for job in reply.jobs if job.id not in self.made]
        self.made |= {job.id: job for job in fresh}
        return [job.id for job in fresh]

    @rule(target=jobs, gap=GAPS, asked=submits(drafts()))
    def submits(self, gap: int, asked: Submit) -> object:
        return multiple(*self.ask_for(gap, asked))

    @rule(
        target=jobs,
        gap=GAPS,
        source=jobs,
        asked=drafts(),
        longest=st.sampled_from([9.0, 2.0]),
        rate=st.sampled_from([2, 0]),
        routed=st.booleans(),
    )
    def extends(
        self, gap: int, source: str, asked: Draft, longest: float, rate: int, routed: bool
    ) -> object:
        terms = Extension(job=source, longest=longest, side=8, rate=rate)
        extending = draft(shot=asked.shot, outputs=asked.outputs, extends=terms)
        provider = self.made[source].provider
        asking = Submit(provider=provider, drafts=(extending,), routed=routed)
        return multiple(*self.ask_for(gap, asking))

    @rule(
        gap=GAPS,
        job=jobs,
        provider=st.sampled_from([*["acme"] * 5, "zenith"]),
        operation=st.sampled_from(OPERATIONS),
        brought=st.none() | st.none() | faults(),
    )
    def polls(
        self, gap: int, job: str, provider: str, operation: str, brought: Fault | None
    ) -> None:
        called = Called(provider=provider, operation=operation, job=job, poll=True, fault=brought)
        known = job in self.world.jobs
        reply = self.say(gap, called)
        assert isinstance(reply, Struck)
        assert brought is None or reply.fault == brought
        told = self.world.jobs.get(job)
        if told is None or told.provider != provider:
            assert known or reply.state is None
        elif reply.fault is None or reply.fault.phase is Phase.AFTER:
            assert reply.state == told.status(self.world.now)

    @rule(gap=GAPS, fault=faults())
    def arms(self, gap: int, fault: Fault) -> None:
        taken = self.world.armory.find(fault.id) is not None
        reply = self.say(gap, Arm(fault=fault))
        assert isinstance(reply, Refused) is taken

    @rule(gap=GAPS, id=st.sampled_from(FAULTS_KNOWN))
    def disarms(self, gap: int, id: str) -> None:
        armed = id in self.world.armory.armed
        assert isinstance(self.say(gap, Disarm(id=id)), Refused) is not armed

    @rule(gap=GAPS, job=jobs, bills=st.sampled_from([True, True, False]))
    def cancels(self, gap: int, job: str, bills: bool) -> None:
        self.hear(self.world.now + gap, Tick())
        over, at = job in self.resolved, self.world.now
        if bills and not over and self.world.jobs[job].status(at) is Status.RUNNING:
            self.billed.add(job)
        asked = Cancel(provider=self.made[job].provider, job=job, bills=bills)
        reply = self.say(0, asked)
        if isinstance(reply, Ended):
            assert reply.job.status(reply.now).over
            assert reply.changed is not over
        else:
            assert over, "only what was forgotten is unknown"

    @rule(gap=GAPS, provider=st.sampled_from(PROVIDERS), amount=AMOUNTS)
    def tops_up(self, gap: int, provider: str, amount: int) -> None:
        self.say(gap, TopUp(provider=provider, amount=amount))
        self.brought[provider] += amount

    @rule(gap=GAPS, provider=st.sampled_from(PROVIDERS), amount=AMOUNTS)
    def spends(self, gap: int, provider: str, amount: int) -> None:
        available = self.world.books.account(provider).available
        reply = self.say(gap, Spend(provider=provider, amount=amount))
        if gap == 0:
            assert isinstance(reply, Refused) is (amount > available)

    @rule(gap=st.sampled_from([1, 5, 30]))
    def waits(self, gap: int) -> None:
        self.hear(self.world.now + gap, Tick())

    def owed(self, end: Moved) -> int:
        """What a job costs that ended like this."""
        asked = end.job.draft
        if end.to is Status.SUCCEEDED:
            return min(asked.price * end.job.plan.delivers, end.job.hold)
        return min(asked.price * asked.outputs, end.job.hold) if end.job.id in self.billed else 0

    @property
    def resolved(self) -> set[str]:
        return {end.job.id for end in self.ends}

    @invariant()
    def every_account_is_the_sum_of_its_postings(self) -> None:
        sums: Sums = Counter()
        for one in self.postings:
            sums[one.provider, one.kind] += one.amount
        for name in PROVIDERS:
            deposit, hold, capture, release, spend = (sums[name, kind] for kind in Kind)
            opened = self.world.scenario.balance
            if name not in self.world.books.accounts:
                deposit = opened
            assert deposit == opened + self.brought[name]
            assert self.world.books.account(name) == Account(
                deposited=deposit,
                available=deposit - hold + release - spend,
                held=hold - capture - release,
                captured=capture,
                spent=spend,
            )

    @invariant()
    def every_account_balances(self) -> None:
        for name in PROVIDERS:
            account = self.world.books.account(name)
            places = (account.available, account.held, account.captured, account.spent)
            assert sum(places) == account.deposited
            assert min(places) >= 0
            assert account.balances

    @invariant()
    def every_hold_is_resolved_once_when_its_job_ends(self) -> None:
        posted: dict[str, list[Posting]] = {id: [] for id in self.made}
        for one in self.postings:
            if one.job is not None:
                posted[one.job].append(one)
        ends = {end.job.id: end for end in self.ends}
        assert len(ends) == len(self.ends), "ended twice"
        for id, job in self.made.items():
            kinds = [one.kind for one in posted[id]]
            amounts = {one.kind: one.amount for one in posted[id]}
            assert len(set(kinds)) == len(kinds), f"{kinds} of one job"
            assert amounts.get(Kind.HOLD, 0) == job.hold
            paid, freed = amounts.get(Kind.CAPTURE, 0), amounts.get(Kind.RELEASE, 0)
            if id in ends:
                assert paid + freed == job.hold
                assert paid == self.owed(ends[id])
                assert {one.at for one in posted[id][1:]} <= {ends[id].at}
            else:
                assert paid == freed == 0

    @invariant()
    def the_last_to_end_and_all_that_live_are_remembered(self) -> None:
        keep = self.world.scenario.keep
        ended = [end.job.id for end in self.ends]
        kept = set(ended[max(0, len(ended) - keep) :])
        assert self.world.jobs.keys() == (self.made.keys() - set(ended)) | kept
        assert list(self.world.jobs) == [id for id in self.made if id in self.world.jobs]
        assert set(self.world.waiting) == self.made.keys() - set(ended)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.hear(self.world.now + LONG, Tick())
        for id in self.made.keys() - self.resolved:
            assert not any(move.to.over for move in self.made[id].plan.moves)
        self.every_account_is_the_sum_of_its_postings()
        self.every_hold_is_resolved_once_when_its_job_ends()


TestBooks = Books.TestCase
TestBooks.settings = settings(calm, max_examples=200, stateful_step_count=25)
