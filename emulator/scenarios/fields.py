"""The fields of a scenario file, and which field of the value each is."""

from __future__ import annotations

from functools import cache
from typing import Any

from emulator.core.bad import Bad, shown
from emulator.core.clock import Mode, Pace
from emulator.core.forms import (
    DOLLARS,
    INSTANT,
    Field,
    Form,
    changed,
    listed,
    made,
    mapped,
    number,
    one_of,
    record,
    text_like,
    whole,
    word,
)
from emulator.core.scenario import KeyRule, Scenario, View
from emulator.scenarios.faults import chaos, faults
from emulator.scenarios.names import choices, model_name, prices
from emulator.scenarios.plans import plan

ACCOUNTS = 1000
"""Omixa's upstream accounts, at the most."""

ATTRIBUTES = {"clock": "pace"}
"""What a field is called in the value, where that is another word."""

NAME = text_like("[-_]*[A-Za-z0-9][A-Za-z0-9_-]*", "a name of letters, digits, - and _")


def _pace() -> Form[Pace]:
    speed = number(0, 1_000_000).then(_speed, exclusiveMinimum=0)
    fields = {
        "mode": Field(word(Mode), "With the machine's time, by hand, or leaping when all wait."),
        "speed": Field(speed, "World seconds in one of the machine's."),
    }
    return made(Pace, fields)


def _speed(speed: float) -> float:
    if speed == 0:
        raise Bad("a clock's speed lies between 0 and 1000000, not 0; `mode: manual` stops it")
    return speed


def _key() -> Form[KeyRule]:
    models = listed(model_name()).then(frozenset, sorted)
    return made(KeyRule, {"models": Field(models, "The models that it may use; all if left out.")})


def _accounts() -> Form[tuple[bool, ...]]:
    """So many healthy accounts, or a list that says `up` or `down` of each."""
    each = listed(one_of("up", "down"), 0, ACCOUNTS)

    def read(value: Any) -> tuple[bool, ...]:
        if isinstance(value, list | tuple):
            return tuple(one == "up" for one in each.read(value))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= ACCOUNTS:
            raise Bad(
                f"{shown(value)} is neither a number up to {ACCOUNTS} nor a list of up and down"
            )
        return (True,) * value

    def write(healthy: tuple[bool, ...]) -> Any:
        return len(healthy) if all(healthy) else ["up" if one else "down" for one in healthy]

    number = {"type": "integer", "minimum": 0, "maximum": ACCOUNTS}
    return Form(read, {"anyOf": [number, each.schema]}, write)


@cache
def scenario() -> Form[Any]:
    """Everything that a scenario file may say: read into a mapping by the names of the value's
    fields, written from the value."""
    fields = {
        "name": Field(NAME, "The world's name; the key's fingerprint if left out."),
        "seed": Field(whole(), "What every draw comes from."),
        "start": Field(INSTANT, "Where the world's clock starts."),
        "clock": Field(_pace(), "How the world's time passes."),
        "view": Field(word(View), "Whose time the dates in answers tell."),
        "balance": Field(DOLLARS, "Dollars in each provider's account."),
        "prices": Field(prices(), "Dollars for a second of video, or for an image, by model."),
        "plans": Field(listed(plan()), "What becomes of jobs: the first rule that matches plans."),
        "faults": Field(faults(), "What goes wrong, and on which calls."),
        "chaos": Field(chaos(), "Faults drawn by chance, from a seed."),
        "assumptions": Field(choices(), "Choices for what the vendors' documents leave open."),
        "keys": Field(mapped(_key(), "keys to what they may do"), "What single keys may do."),
        "accounts": Field(
            _accounts(), "Omixa's upstream accounts: how many, or up and down for each."
        ),
        "keep": Field(whole(), "How many ended jobs a world remembers."),
    }
    return record(fields).then(_attributes, _changed)


def _attributes(given: dict[str, Any]) -> Any:
    return {ATTRIBUTES.get(name, name): one for name, one in given.items()}


def _changed(one: Scenario) -> dict[str, Any]:
    words = {attribute: name for name, attribute in ATTRIBUTES.items()}
    return {words.get(name, name): found for name, found in changed(one, one.__slots__).items()}
