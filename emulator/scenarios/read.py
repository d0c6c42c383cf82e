"""From YAML or JSON to a Scenario, and back. Bad input gets a sentence: where, what, what else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from emulator.core.bad import Bad
from emulator.core.clock import iso
from emulator.core.faults import Fault
from emulator.core.money import dollars
from emulator.core.scenario import PlanRule, Scenario
from emulator.scenarios import fields, text
from emulator.scenarios.deeds import deed
from emulator.scenarios.faults import fault
from emulator.scenarios.nodes import Unreadable
from emulator.scenarios.plans import plan

T = TypeVar("T")

FOREIGN = "x-"
"""How a field begins that a scenario file may hold for others, and that is passed over here."""


class BadScenario(ValueError):
    """A scenario that cannot be used, and why."""


def load(path: str | Path, base: Scenario = Scenario()) -> Scenario:
    """The scenario in a file; BadScenario, with the line, when it cannot be read or is wrong."""
    try:
        data, spot = text.parse(text.content(path))
    except Unreadable as error:
        line = "" if error.line is None else f":{error.line}"
        raise BadScenario(f"{path}{line}: cannot be read: {error.why}") from None
    try:
        return _read({} if data is None else data, base)
    except Bad as error:
        raise BadScenario(f"{path}:{spot.line_of(error)}: {error}") from None


def read(data: Any, base: Scenario = Scenario()) -> Scenario:
    """The scenario that the data of a file or a request means; what it leaves out is `base`'s."""
    return _explained(lambda: _read(data, base))


def read_fault(data: Any, id: str) -> Fault:
    """A fault by itself: a name, `{name: {…}}`, or a whole mapping; `id` if it has none."""
    found = _explained(lambda: fault().read(data))
    return found if found.id else replace(found, id=id)


def read_plan(data: Any) -> PlanRule:
    """A plan rule by itself: a sentence, or a whole mapping."""
    return _explained(lambda: plan().read(data))


def written(scenario: Scenario) -> dict[str, Any]:
    """The plain data that `read` turns back into an equal scenario; defaults are left out.

    Of chaos only rates and seed are written: the deck is always that of this version.
    """
    found: dict[str, Any] = fields.scenario().write(scenario)
    return found


def written_fault(one: Fault) -> dict[str, Any]:
    """The plain data of one fault, with its id."""
    (data,) = written(Scenario(faults=(one,)))["faults"]
    return {"id": one.id, **data}


def dump(scenario: Scenario, *, whole: bool = False) -> str:
    """A scenario as the text of a file, in YAML; a `whole` one says seed, start, clock, view and
    balance even where they are the defaults, so that it means the same to every server."""
    data = written(scenario)
    if whole:
        pace = scenario.pace
        data = {
            "seed": scenario.seed,
            "start": iso(scenario.start),
            "view": scenario.view.value,
            "balance": dollars(scenario.balance),
            **data,
            "clock": {"mode": pace.mode.value, "speed": pace.speed},
        }
    return text.write(data)


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors: made from what reads it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of Understudy",
        "description": "One value that explains a whole run.",
        **fields.scenario().schema,
        "patternProperties": {f"^{FOREIGN}": {}},
        "$defs": {"deed": deed()},
    }


def _read(data: Any, base: Scenario) -> Scenario:
    if isinstance(data, Mapping):
        data = {name: one for name, one in data.items() if not str(name).startswith(FOREIGN)}
    return replace(base, **fields.scenario().read(data))


def _explained(reading: Callable[[], T]) -> T:
    try:
        return reading()
    except Bad as error:
        raise BadScenario(str(error)) from None
