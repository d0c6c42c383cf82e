"""Money is a whole number of micro-dollars; decimals exist only where people read or write them."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

Micros: TypeAlias = int
"""An amount in millionths of a US dollar."""

DOLLAR: Micros = 1_000_000
MOST: Micros = 10**9 * DOLLAR
"""A billion dollars: more is a mistake."""


def usd(amount: str | int | float | Decimal) -> Micros:
    """Read a dollar amount; ValueError when it is no number, over a billion, or finer than a
    micro-dollar."""
    try:
        exact = Decimal(str(amount))
        near = round(exact, 6) if abs(exact) <= MOST // DOLLAR else exact
    except ArithmeticError:
        raise ValueError(f"{amount!r} is not an amount of dollars, such as 25.00") from None
    if not exact.is_finite():
        raise ValueError(f"{amount!r} is not an amount of dollars, such as 25.00")
    if abs(exact) > MOST // DOLLAR:
        raise ValueError(f"{amount} USD is more than a billion")
    if exact != near:
        raise ValueError(f"{amount} USD is finer than a micro-dollar")
    return int(near * DOLLAR)


def amount(given: str | int | float | Decimal) -> Micros:
    """Read a dollar amount that is not negative; ValueError otherwise."""
    micros = usd(given)
    if micros < 0:
        raise ValueError(f"{given} USD is less than nothing")
    return micros


def dollars(micros: Micros) -> str:
    """An amount with its six decimals: `1.500000`."""
    sign = "-" if micros < 0 else ""
    whole, part = divmod(abs(micros), DOLLAR)
    return f"{sign}{whole}.{part:06d}"


def priced(rate: Micros, quantity: Decimal) -> Micros:
    """`rate` times `quantity`, rounded up to the micro-dollar."""
    exact = Decimal(rate) * quantity
    whole = int(exact)
    return whole if whole == exact else whole + 1
