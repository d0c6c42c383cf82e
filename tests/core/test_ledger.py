from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.ledger import Account, Kind, Posting, Unbalanced, post
from tests.core.strategies import calm

FULL = Account(deposited=100, available=40, held=30, captured=20, spent=10)


def posting(kind: Kind, amount: int) -> Posting:
    return Posting(at=0, provider="acme", kind=kind, amount=amount)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (Kind.DEPOSIT, Account(deposited=105, available=45, held=30, captured=20, spent=10)),
        (Kind.HOLD, Account(deposited=100, available=35, held=35, captured=20, spent=10)),
        (Kind.CAPTURE, Account(deposited=100, available=40, held=25, captured=25, spent=10)),
        (Kind.RELEASE, Account(deposited=100, available=45, held=25, captured=20, spent=10)),
        (Kind.SPEND, Account(deposited=100, available=35, held=30, captured=20, spent=15)),
    ],
)
def test_a_posting_takes_from_one_place_and_gives_to_another(kind: Kind, after: Account) -> None:
    assert post(FULL, posting(kind, 5)) == after


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (Kind.HOLD, 41),
        (Kind.SPEND, 41),
        (Kind.CAPTURE, 31),
        (Kind.RELEASE, 31),
        *((kind, -1) for kind in Kind),
    ],
)
def test_a_posting_that_breaks_the_account_is_a_bug(kind: Kind, amount: int) -> None:
    with pytest.raises(Unbalanced, match=f"^{kind} of .* USD breaks Account"):
        post(FULL, posting(kind, amount))


@pytest.mark.parametrize(
    "account",
    [
        Account(deposited=1),
        Account(available=1),
        Account(deposited=1, available=2, held=-1),
        Account(deposited=1, available=-1, held=2),
        Account(deposited=1, available=2, captured=-1),
        Account(deposited=1, available=2, spent=-1),
    ],
    ids=str,
)
def test_an_account_that_loses_money_or_owes_some_does_not_balance(account: Account) -> None:
    assert not account.balances


def test_an_account_balances_whose_places_add_up() -> None:
    assert FULL.balances
    assert Account().balances


@calm
@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 9))))
def test_whatever_is_posted_the_account_balances(said: list[tuple[Kind, int]]) -> None:
    account = Account()
    for kind, amount in said:
        try:
            account = post(account, posting(kind, amount))
        except Unbalanced:
            continue
        assert account.balances
