"""What happens to the money: it runs out, at the submit or once the job runs."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.commands import Command, Spend, Submit
from emulator.core.faults import On
from emulator.core.forms import DOLLARS, arg
from emulator.core.ledger import Account
from emulator.core.money import Micros
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule
from emulator.faults.deed import (
    BEFORE,
    Deed,
    Example,
    Family,
    Scene,
    Truth,
    status,
)
from emulator.faults.lifecycle import MADE, SUBMITS, planned
from emulator.providers.port import Answer, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain(Deed):
    """The balance runs out just before this submit: somebody else has spent it. That is the truth,
    so that the provider does what it does then, and later submits meet the same."""

    family = Family.MONEY
    kinds = SUBMITS
    examples = (Example(kind=Kind.SUBMIT, sees=status(402, Truth.UNTOUCHED)),)

    leave: Micros = arg(DOLLARS, 0, "Dollars that are left.")

    def first(self, account: Account, provider: str) -> Command | None:
        """Spend what is there."""
        spent = max(account.available - self.leave, 0)
        return Spend(provider=provider, amount=spent, note="drained by a fault") if spent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCredit(Deed):
    """The submit is refused for want of money, whatever the balance is: 402."""

    family = Family.MONEY
    kinds = SUBMITS
    phases = BEFORE
    examples = (Example(kind=Kind.SUBMIT, sees=status(402, Truth.UNTOUCHED)),)

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The provider's 402."""
        return scene.provider.refuse(Refused(Reason.NO_CREDIT), scene.terms.assume)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfCredit(Deed):
    """The job is accepted without a hold, and fails for want of credit soon after it has begun to
    run: as documented of Oxen's queue."""

    family = Family.MONEY
    kinds = SUBMITS
    examples = MADE

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan ends in that failure."""
        return planned(submit, on, PlanRule(ending=Ending.OUT_OF_CREDIT))
