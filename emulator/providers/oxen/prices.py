"""What a generation costs on the hub: rate times seconds for a video, the rate for an image."""

from __future__ import annotations

from decimal import Decimal

from emulator.core.jobs import Shot
from emulator.core.money import Micros, priced
from emulator.core.scenario import Scenario
from emulator.providers.models import Model


def price(model: Model, shot: Shot, scenario: Scenario) -> Micros:
    """The price of one output, in micro-dollars; a scenario may override the model's rate."""
    rate = scenario.prices.get(model.id, model.rate)
    return priced(rate, Decimal(str(shot.seconds))) if model.kind == "video" else rate
