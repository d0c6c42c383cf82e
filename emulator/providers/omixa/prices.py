"""What a video costs at Omixa: seconds times the documented rate; and what is held for it."""

from __future__ import annotations

from decimal import Decimal

from emulator.core.money import Micros, priced, usd
from emulator.core.scenario import Scenario
from emulator.providers.models import Model


def rate(model: Model, scenario: Scenario) -> Micros:
    """Micro-dollars for a video second; a scenario may override the documented rate."""
    return scenario.prices.get(model.id, model.rate)


def price(model: Model, scenario: Scenario, seconds: float) -> Micros:
    """The price of one video."""
    return priced(rate(model, scenario), Decimal(str(seconds)))


def hold(model: Model, scenario: Scenario, seconds: float, samples: int) -> Micros:
    """What is set aside at create: the price of all samples, at least the documented minimum."""
    return max(usd(model.facts["minimum_hold"]), price(model, scenario, seconds) * samples)
