"""A trial: one scenario, one client, and all that happened. Checks read nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.intents import Intent, Outcome
from emulator.core.clock import Instant
from emulator.core.jobs import Job
from emulator.core.ledger import Account
from emulator.core.scenario import Scenario
from emulator.server.recorder import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Everything about one trial, on the clock of its world.

    `exchanges` are all calls with their bodies, keyless and refused ones too; `jobs` and `account`
    are the provider's truth at the end. `asked` are the hosts and
    ports that the client tried to reach. `trouble` says what went wrong with the client itself.
    """

    provider: str
    scenario: Scenario
    intent: Intent
    outcome: Outcome
    began: Instant
    ended: Instant
    exchanges: tuple[Exchange, ...]
    jobs: tuple[Job, ...]
    account: Account
    struck: Mapping[str, int]
    asked: tuple[tuple[str, int], ...] = ()
    trouble: str = ""

    @property
    def captured(self) -> int:
        """What the provider has charged, in micro-dollars."""
        return self.account.captured


SUBMITS = frozenset({"enqueue", "generate", "generate_image", "create"})
LOOKS = frozenset({"status", "record"})


def calls(trial: Trial) -> tuple[Exchange, ...]:
    """The calls to the provider's operations, in order."""
    return tuple(one for one in trial.exchanges if one.operation)


def submits(trial: Trial) -> tuple[Exchange, ...]:
    """The calls that ask for a job."""
    return tuple(one for one in trial.exchanges if one.operation in SUBMITS)


def looks(trial: Trial) -> tuple[Exchange, ...]:
    """The calls that look at a job."""
    return tuple(one for one in trial.exchanges if one.operation in LOOKS)


def header(pairs: Any, name: str) -> str | None:
    """A header's value; None if it is not there."""
    wanted = name.lower().encode()
    found = [value for given, value in pairs if given.lower() == wanted]
    return found[-1].decode("latin-1") if found else None
