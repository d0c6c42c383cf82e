"""A trial: one case, one client, and all that happened. Checks read nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.cases import Case
from contracts.intents import Intent, Outcome
from emulator.core.clock import Instant
from emulator.core.jobs import Job
from emulator.core.ledger import Account
from emulator.server.recorder import Exchange


class Ill(StrEnum):
    """What can be wrong with a client itself."""

    CRASH = "crash"
    GARBAGE = "garbage"
    OVERRUN = "overrun"
    STUCK = "stuck"
    FLOOD = "flood"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with the client itself. One that is `unfit` cannot be played this way at all,
    which is no fault of its own."""

    kind: Ill
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Parting:
    """How a program ended: its exit code (negative for a signal; None if it is still up, or was
    stopped), and the last that it wrote to its output and to its errors."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """What the provider's contract finds wrong with one exchange: with the request, or with the
    answer (`answer` true)."""

    exchange: int
    answer: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Everything about one trial, on the clock of its world.

    `exchanges` are all calls with their bodies in the order in which they began, keyless and
    refused ones too, numbered from 1; `flaws` is what the contract says of them. `ended` is when
    the client was done, `settled` when its last job had ended too: `jobs` and `account` are the
    provider's truth then. `asked` are the hosts and ports that the client
    tried to reach, where that is known. `trouble` says what went wrong with the client itself,
    `parting` how it ended if it is a program, and `killed` how many exchanges there were when it
    was killed. In a `virtual` trial nothing but the client's own doing takes time.
    """

    case: Case
    intent: Intent
    outcome: Outcome
    began: Instant
    ended: Instant
    settled: Instant
    exchanges: tuple[Exchange, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    jobs: tuple[Job, ...] = ()
    account: Account = field(default_factory=Account)
    struck: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[tuple[str, int], ...] = ()
    trouble: Trouble | None = None
    parting: Parting | None = None
    killed: int | None = None
    virtual: bool = True

    @property
    def captured(self) -> int:
        """What the provider has charged, in micro-dollars."""
        return self.account.captured

    @property
    def wasted(self) -> int:
        """What was charged beyond the results that were delivered, in micro-dollars."""
        useful = sum(sorted(job.charged(self.settled) for job in self.jobs)[-self.wanted :])
        return self.captured - (useful if self.outcome.urls else 0)

    @property
    def wanted(self) -> int:
        """How many jobs the intent asks for."""
        count = self.intent.body.get("num_generations", 1)
        return count if isinstance(count, int) and count > 0 else 1


SUBMITS = frozenset({"enqueue", "generate", "generate_image", "create"})
"""The operations that ask for a job."""

LOOKS = frozenset({"status", "record"})
"""The operations that look at one."""
