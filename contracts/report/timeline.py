"""What happened in a trial, in order: what the client did, what was on the wire, how the jobs stood
and where the money lay. Every instant is one of the world's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.cases import When
from contracts.intents import End
from contracts.trial import Trial
from emulator.core.clock import SECOND, Instant
from emulator.core.jobs import Job, Status
from emulator.core.ledger import Kind
from emulator.core.money import Micros
from emulator.server.recorder import UNANSWERED, Exchange

STREAM = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How something stood from one instant to another."""

    begins: Instant
    ends: Instant
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `status` is None if no answer came, `deed` what was done to it on purpose."""

    number: int
    begins: Instant
    ends: Instant
    operation: str
    method: str
    target: str
    status: int | None
    deed: str = ""
    stream: bool = False

    @property
    def failed(self) -> bool:
        """Whether the client was told that it failed, or nothing at all."""
        return self.status is None or self.status >= 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One job: how it stood, until all was settled; `over` is whether it came to an end."""

    id: str
    number: int
    stretches: tuple[Stretch, ...]
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Money that was set aside, charged or given back for a job, and what lay where after it."""

    at: Instant
    kind: Kind
    amount: Micros
    job: int
    held: Micros
    charged: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All of it. `killed` is when the client was killed and started once more."""

    began: Instant
    deadline: Instant
    ended: Instant
    settled: Instant
    killed: Instant | None
    outcome: str
    calls: tuple[Call, ...]
    jobs: tuple[Line, ...]
    money: tuple[Step, ...]

    @property
    def last(self) -> Instant:
        """The last instant that is told of."""
        ends = [one.ends for one in self.calls]
        return max(self.ended, self.settled, *ends) if ends else max(self.ended, self.settled)


def timeline(trial: Trial) -> Timeline:
    """The timeline of a trial."""
    return Timeline(
        began=trial.began,
        deadline=trial.began + round(trial.intent.deadline_s * SECOND),
        ended=trial.ended,
        settled=trial.settled,
        killed=_killed(trial),
        outcome=_outcome(trial),
        calls=tuple(_call(trial, one) for one in trial.exchanges),
        jobs=tuple(_line(trial, job) for job in trial.jobs),
        money=_money(trial),
    )


def _outcome(trial: Trial) -> str:
    said = trial.outcome.outcome
    if said is End.NOTHING and trial.trouble is not None:
        return trial.trouble.kind.value
    return said.value.replace("_", " ")


def _call(trial: Trial, one: Exchange) -> Call:
    planned = {fault.id: fault.do for fault in trial.case.scenario.faults}
    return Call(
        number=one.number,
        begins=one.began,
        ends=max(one.began, one.ended),
        operation=one.operation or "other",
        method=one.method,
        target=one.target,
        status=None if one.status == UNANSWERED else one.status,
        deed=planned.get(one.fault, one.family or one.fault),
        stream=one.operation == STREAM,
    )


def _killed(trial: Trial) -> Instant | None:
    """The client that is started again calls at once, so that its first call tells when."""
    kill, count = trial.case.kill, trial.killed
    if kill is None or count is None:
        return None
    before, later = trial.exchanges[:count], trial.exchanges[count:]
    if later and (kill.when is When.BEFORE or not before):
        return later[0].began
    return min(before[-1].ended, trial.ended) if before else trial.began


def _line(trial: Trial, job: Job) -> Line:
    marks = [(job.submitted, Status.QUEUED)]
    marks += [(move.at, move.to) for move in job.plan.moves]
    if job.cancelled is not None:
        marks = [one for one in marks if one[0] < job.cancelled or one[0] == job.submitted]
        marks.append((job.cancelled, Status.CANCELLED))
    last = max(trial.settled, trial.ended, job.submitted)
    ends = [at for at, _ in marks[1:]] + [last]
    return Line(
        id=job.id,
        number=job.number,
        stretches=tuple(
            Stretch(begins=at, ends=max(at, min(end, last)), stands=status.value)
            for (at, status), end in zip(marks, ends, strict=True)
            if at <= last
        ),
        over=job.status(last).over,
    )


def _money(trial: Trial) -> tuple[Step, ...]:
    found, held, charged = [], 0, 0
    for at, job, kind, amount in sorted(_postings(trial), key=lambda one: one[0]):
        if kind is Kind.HOLD:
            held += amount
        else:
            held -= amount
            charged += amount if kind is Kind.CAPTURE else 0
        found.append(
            Step(at=at, kind=kind, amount=amount, job=job.number, held=held, charged=charged)
        )
    return tuple(found)


def _postings(trial: Trial) -> Iterator[tuple[Instant, Job, Kind, Micros]]:
    for job in trial.jobs:
        if job.hold:
            yield job.submitted, job, Kind.HOLD, job.hold
        end = job.ended(trial.settled)
        if end is None:
            continue
        charge = job.charged(trial.settled)
        if charge:
            yield end, job, Kind.CAPTURE, charge
        if job.hold > charge:
            yield end, job, Kind.RELEASE, job.hold - charge
