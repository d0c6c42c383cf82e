from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.money import DOLLAR, MOST, amount, dollars, priced, usd
from tests.core.strategies import calm


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        ("25.00", 25 * DOLLAR),
        ("0.000001", 1),
        ("-1.5", -1_500_000),
        ("1e3", 1000 * DOLLAR),
        (3, 3 * DOLLAR),
        (0.1, 100_000),
        (Decimal("2.345678"), 2_345_678),
    ],
)
def test_an_amount_of_dollars_is_read_to_the_micro(
    amount: str | float | Decimal, micros: int
) -> None:
    assert usd(amount) == micros


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.000000"),
        (1, "0.000001"),
        (1_500_000, "1.500000"),
        (-1, "-0.000001"),
        (-1_500_000, "-1.500000"),
        (12_345_678_900_000, "12345678.900000"),
    ],
)
def test_an_amount_is_written_with_six_decimals(micros: int, text: str) -> None:
    assert dollars(micros) == text


@calm
@given(st.integers(-MOST, MOST))
def test_an_amount_that_is_written_reads_back(micros: int) -> None:
    assert usd(dollars(micros)) == micros
    assert usd(Decimal(dollars(micros))) == micros


@pytest.mark.parametrize("amount", ["0.0000001", "-0.0000005", "1.0000001", 0.1 + 0.2, "1e-9"])
def test_an_amount_finer_than_a_micro_is_refused(amount: str | float) -> None:
    with pytest.raises(ValueError, match=f"^{amount} USD is finer than a micro-dollar$"):
        usd(amount)


@pytest.mark.parametrize("amount", ["1000000000.000001", -1_000_000_001, "1e20", "1e5000"])
def test_more_than_a_billion_is_a_mistake(amount: str | int) -> None:
    with pytest.raises(ValueError, match=f"^{amount} USD is more than a billion$"):
        usd(amount)


@pytest.mark.parametrize("amount", ["", "x", "1,5", "nan", "inf", "-inf", True, None, "$1"])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    message = f"{amount!r} is not an amount of dollars, such as 25.00"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        usd(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [-1, "-0.000001"])
def test_an_amount_that_is_set_aside_or_paid_is_not_less_than_nothing(given: str | int) -> None:
    with pytest.raises(ValueError, match=f"^{given} USD is less than nothing$"):
        amount(given)


@pytest.mark.parametrize(("given", "micros"), [("0", 0), ("1.5", 1_500_000)])
def test_an_amount_may_be_nothing(given: str, micros: int) -> None:
    assert amount(given) == micros


@calm
@given(rate=st.integers(0, 10**9), quantity=st.decimals(0, 10**4, places=3))
def test_a_price_is_rounded_up_by_less_than_a_micro(rate: int, quantity: Decimal) -> None:
    over = priced(rate, quantity) - rate * Fraction(quantity)
    assert 0 <= over < 1
