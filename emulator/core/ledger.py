"""Double entry: every posting moves an amount from one place to another, and nothing is ever lost.

At every instant `available + held + captured + spent == deposited`, and none is negative.
"""

from __future__ import annotations

from enum import StrEnum

from emulator.core.clock import Instant
from emulator.core.money import Micros, dollars
from emulator.core.value import dataclass


class Kind(StrEnum):
    """What a posting does."""

    DEPOSIT = "deposit"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    SPEND = "spend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of the ledger. `job` is None where no job is concerned."""

    at: Instant
    provider: str
    kind: Kind
    amount: Micros
    job: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one provider's customer has in one world, in micro-dollars."""

    deposited: Micros = 0
    available: Micros = 0
    held: Micros = 0
    captured: Micros = 0
    spent: Micros = 0

    @property
    def balances(self) -> bool:
        """The equation above, and no negative place."""
        available, held, captured, spent = self.available, self.held, self.captured, self.spent
        whole = available + held + captured + spent == self.deposited
        return whole and available >= 0 and held >= 0 and captured >= 0 and spent >= 0


class Unbalanced(AssertionError):
    """A posting that would break the ledger: a bug of ours, never a client's doing."""


def post(account: Account, posting: Posting) -> Account:
    """The account after the posting; Unbalanced if a place would fall below zero."""
    amount = posting.amount
    deposited, available = account.deposited, account.available
    held, captured, spent = account.held, account.captured, account.spent
    kind = posting.kind
    if kind is Kind.HOLD:
        available, held = available - amount, held + amount
    elif kind is Kind.CAPTURE:
        held, captured = held - amount, captured + amount
    elif kind is Kind.RELEASE:
        held, available = held - amount, available + amount
    elif kind is Kind.SPEND:
        available, spent = available - amount, spent + amount
    else:
        deposited, available = deposited + amount, available + amount
    after = Account(
        deposited=deposited, available=available, held=held, captured=captured, spent=spent
    )
    if amount < 0 or not after.balances:
        raise Unbalanced(f"{posting.kind} of {dollars(amount)} USD breaks {account}")
    return after
