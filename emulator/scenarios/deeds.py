"""What is told of the deeds: to editors as JSON Schema, to people in words and by example."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from emulator.core.forms import args, default_of
from emulator.faults.catalogue import befalls, catalogue, kinds
from emulator.faults.deed import Deed, Example
from emulator.providers.port import Kind
from emulator.scenarios.text import write

DEED = {"$ref": "#/$defs/deed"}
"""How the schema of a scenario refers to this one."""


UNCOUNTED = ("refuse_connections",)
"""Deeds that nobody can count calls of: what they refuse never arrives."""


def deed() -> dict[str, Any]:
    """A name alone, or one name with its arguments."""
    names = {"enum": list(catalogue()), "description": "A fault with all its defaults."}
    return {"anyOf": [names, *(_with_arguments(name, cls) for name, cls in catalogue().items())]}


def tells(cls: type[Deed]) -> str:
    """What a client sees of a deed, on one line."""
    return " ".join(cleandoc(cls.__doc__ or "").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a deed, as it is written: its default (`-` if there is none), its meaning."""

    name: str
    default: str
    text: str


def arguments(cls: type[Deed]) -> list[Argument]:
    """What a deed takes."""
    usual = _defaults(cls)
    return [
        Argument(name=name, default=_flow(usual[name]), text=one.text)
        for name, one in args(cls).items()
    ]


def place(cls: type[Deed]) -> str:
    """Which operations a deed can befall."""
    if Kind.CONNECT in cls.kinds:
        return "connect"
    found: dict[bool, list[str]] = {True: [], False: []}
    for (provider, operation), kind in kinds().items():
        found[befalls(cls, provider, kind)].append(f"{provider}.{operation}")
    if not found[False]:
        return "every operation"
    if len(found[False]) < len(found[True]):
        return f"every operation but {', '.join(found[False])}"
    return ", ".join(found[True])


def example(name: str, cls: type[Deed]) -> str:
    """A fault with this deed, ready for the list in a scenario."""
    shown = max(cls.examples, key=lambda one: bool(one.args))
    on = _address(cls, shown)
    if name in UNCOUNTED:
        on |= {"between": ["10s", "1m"]}
    else:
        on |= {"event": shown.event} if shown.event else {"nth": 1}
    do = {name: dict(shown.args)} if shown.args else name
    return _flow({"on": on, "do": do})


def _address(cls: type[Deed], shown: Example) -> dict[str, Any]:
    if shown.kind is Kind.CONNECT:
        return {"operation": "connect"}
    places = [
        (provider, operation)
        for (provider, operation), kind in kinds().items()
        if kind is shown.kind and befalls(cls, provider, kind)
    ]
    provider, operation = max(places, key=lambda place: place[0])
    return {"provider": provider, "operation": operation}


def _flow(value: Any) -> str:
    """A value on one line, as YAML; `-` for none."""
    return "-" if value in (None, "") else write(value, flow=True)


def _defaults(cls: type[Any]) -> dict[str, Any]:
    """A deed's arguments as they would be written if they had to be; None where there is none."""
    forms = args(cls)
    return {
        one.name: None if (usual := default_of(one)) is None else forms[one.name].form.write(usual)
        for one in dataclasses.fields(cls)
    }


def _with_arguments(name: str, cls: type[Deed]) -> dict[str, Any]:
    usual = _defaults(cls)
    properties = {
        field: {
            **one.form.schema,
            "description": one.text,
            **({} if usual[field] in (None, "") else {"default": usual[field]}),
        }
        for field, one in args(cls).items()
    }
    given = {
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
        "description": tells(cls),
    }
    return {
        "type": "object",
        "properties": {name: given},
        "required": [name],
        "additionalProperties": False,
    }
