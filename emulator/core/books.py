"""The books of a world: an account for each provider, and the postings that made it what it is."""

from __future__ import annotations

from collections import deque

from emulator.core.clock import Instant
from emulator.core.ledger import Account, Kind, Posting, post
from emulator.core.money import Micros
from emulator.core.scenario import Scenario


class Books:
    """Accounts by provider, each opened with the scenario's balance when money first moves there.

    Of the postings the last are kept; the accounts hold the sums of all.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._opening = scenario.balance
        self.accounts: dict[str, Account] = {}
        self.postings: deque[Posting] = deque(maxlen=4 * scenario.keep + 1000)

    def account(self, provider: str) -> Account:
        """The provider's account as it stands."""
        opened = self._opening
        return self.accounts.get(provider) or Account(deposited=opened, available=opened)

    def post(
        self,
        at: Instant,
        kind: Kind,
        provider: str,
        amount: Micros,
        job: str | None = None,
        note: str = "",
    ) -> list[Posting]:
        """Move money; the postings made, the opening of the account among them."""
        made = [Posting(at=at, provider=provider, kind=kind, amount=amount, job=job, note=note)]
        account = self.accounts.get(provider)
        if account is None:
            account = Account()
            opening = Posting(
                at=at,
                provider=provider,
                kind=Kind.DEPOSIT,
                amount=self._opening,
                note="opening balance",
            )
            made.insert(0, opening)
        for posting in made:
            account = post(account, posting)
        self.accounts[provider] = account
        self.postings.extend(made)
        return made
