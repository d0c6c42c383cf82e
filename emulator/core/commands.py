"""What can be said to a world: commands change it, queries read it, replies come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from emulator.core.clock import Instant, Mode, Pace
from emulator.core.faults import Fault
from emulator.core.jobs import Draft, Job, Status
from emulator.core.ledger import Posting
from emulator.core.money import Micros
from emulator.core.refusals import Refused
from emulator.core.scenario import PlanRule
from emulator.core.value import dataclass


class Short(StrEnum):
    """What a submit does that the balance does not cover."""

    REFUSE = "refuse"
    PART = "part"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Make these jobs, each with its hold.

    `routed` jobs need one of the world's upstream accounts; `route_first` says that a missing
    route is reported before a missing balance. A repeated `idempotency` key returns the first jobs.
    `rules` come before the scenario's; `changes` alter what the rule of a job says. The first
    `failing` healthy accounts fail before any output starts, and the next one is tried.
    """

    provider: str
    drafts: tuple[Draft, ...]
    short: Short = Short.REFUSE
    routed: bool = False
    route_first: bool = False
    idempotency: str | None = None
    rules: tuple[PlanRule, ...] = ()
    changes: tuple[PlanRule, ...] = ()
    failing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """End a job that has not ended; `bills` captures the whole price of one that runs."""

    provider: str
    job: str
    bills: bool = False


def _check(amount: Micros) -> None:
    if amount < 0:
        raise ValueError(f"an amount to move is not less than nothing, as {amount} is")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """More money for a provider's account. Raises ValueError for an amount that is none."""

    provider: str
    amount: Micros
    note: str = "top-up"

    def __post_init__(self) -> None:
        _check(self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Money that goes elsewhere: at most what is available. Raises ValueError as above."""

    provider: str
    amount: Micros
    note: str = "spent elsewhere"

    def __post_init__(self) -> None:
        _check(self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Nothing but time: a planned move is due, or the clock was moved (`why`)."""

    why: str = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """The clock takes another pace."""

    mode: Mode
    speed: float

    def __post_init__(self) -> None:
        Pace(self.mode, self.speed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """This fault is armed from now on, behind those that are; Refused if its id is taken."""

    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarm:
    """The fault ends, because of `why`; Refused if there is none of this id that is armed."""

    id: str
    why: str = "it was disarmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """An operation was called that something counts the calls of: a fault, a plan or chance.

    `job` is the one that the call is about, `makes` how many a submit would make, `poll` whether
    the call looks at the job, `stream` whether it opens a stream, whose events are about jobs.
    `matched` are the faults whose `match` fits the request; `fault` is one that the call brought
    with it, which takes it.
    """

    provider: str
    operation: str
    job: str | None = None
    makes: int = 0
    poll: bool = False
    stream: bool = False
    matched: frozenset[str] = frozenset()
    fault: Fault | None = None


Command: TypeAlias = Submit | Cancel | TopUp | Spend | Tick | Wind | Arm | Disarm | Called


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a world's log: the command and the instant it was stamped with."""

    at: Instant
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One job by its id."""

    provider: str
    job: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Browse:
    """The jobs that match all of these, in the order of submission or newest first."""

    provider: str
    statuses: frozenset[Status] | None = None
    model: str | None = None
    kind: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    apart: bool = True
    newest_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Know:
    """Nothing of the world's state: the answer comes from the provider's own tables."""


Query: TypeAlias = Find | Browse | Know


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The jobs a submit made or a query found, as they stand at `now`."""

    now: Instant
    jobs: tuple[Job, ...]

    @property
    def one(self) -> Job:
        """The job, where there is exactly one."""
        (job,) = self.jobs
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A cancel's reply: `changed` is false for a job that had already ended."""

    now: Instant
    job: Job
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing to tell but the instant."""

    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What became of a counted call: the fault that takes it, if any; `state` is where the job
    stands that it is about, and `window` when a limit's window closes."""

    now: Instant
    fault: Fault | None
    state: Status | None = None
    window: Instant | None = None


Reply: TypeAlias = Jobs | Ended | Done | Struck


@dataclass(frozen=True, slots=True)
class Moved:
    """A job has come to stand somewhere else."""

    at: Instant
    job: Job
    to: Status


Happening: TypeAlias = Moved | Posting


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: its reply or its refusal, and all that happened up to it."""

    reply: Reply | Refused
    happenings: tuple[Happening, ...]
