"""What scenarios call by name, as forms: models, and assumptions with their choices."""

from __future__ import annotations

from functools import cache
from typing import Any

from emulator.core.assumptions import Assumption
from emulator.core.bad import Bad, listing, shown
from emulator.core.forms import DOLLARS, Field, Form, one_of, record
from emulator.providers.registry import assume, assumptions, models, providers

MODELS = "`understudy models` lists them"
ASSUMPTIONS = "`understudy assumptions` lists them"


@cache
def known_models() -> tuple[str, ...]:
    """The names of the models of all providers."""
    found = {name for one in providers().values() for name in models(one, assume(one, {}))}
    return tuple(sorted(found))


def model_name() -> Form[str]:
    """The name of a model of any provider."""
    known = one_of(*known_models())

    def read(value: Any) -> str:
        if value not in known_models():
            raise Bad(f"{shown(value)} is not a model; {listing(known_models(), MODELS, value)}")
        return str(value)

    return Form(read, known.schema)


def prices() -> Form[dict[str, int]]:
    """Models, and dollars for a second of their video or for an image."""
    fields = {
        name: Field(DOLLARS, "Dollars for a second of video, or an image.")
        for name in known_models()
    }
    return record(fields, lists=MODELS, what="models to dollars")


def choices() -> Form[dict[str, str]]:
    """Assumptions, and what is chosen for each."""
    fields = {one.id: Field(_choice(one), one.text) for one in assumptions()}
    return record(fields, lists=ASSUMPTIONS, what="assumptions to choices")


def _choice(one: Assumption) -> Form[str]:
    """One of its choices; those that look like a number may be written as one."""
    numbers = [int(word) for word in one.choices if word.isdecimal()]

    def read(value: Any) -> str:
        text = str(value) if type(value) in (int, str) else value
        if text not in one.choices:
            raise Bad(f"{shown(value)} is none of {listing(one.choices, '', value)}")
        return str(text)

    return Form(read, {"enum": [*one.choices, *numbers], "default": one.default})
