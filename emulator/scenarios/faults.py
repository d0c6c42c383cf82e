"""How faults and chaos are written: `on` which calls, `do` what; or only a deed's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from emulator.core.bad import Bad, listing, shown, within
from emulator.core.faults import Chaos, Fault, On, Phase
from emulator.core.forms import (
    DATA,
    SPAN,
    TEXT,
    Field,
    Form,
    changed,
    listed,
    number,
    record,
    whole,
    word,
)
from emulator.faults.catalogue import BROUGHT, catalogue, deck, deed, phase_of, placed
from emulator.faults.deed import Family
from emulator.scenarios.addresses import address, reaches
from emulator.scenarios.deeds import DEED

Done: TypeAlias = tuple[str, Mapping[str, Any]]
"""A deed's name and its arguments as they are written."""


def _done(value: Any) -> Done:
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, given),) = value.items()
    elif isinstance(value, str):
        name, given = value, None
    else:
        raise Bad(f"{shown(value)} is neither a fault's name nor {{name: {{…}}}}")
    if name not in catalogue():
        known = listing(catalogue(), "`understudy faults` lists them", name)
        raise Bad(f"there is no fault {shown(name)}; {known}")
    with within(str(name)):
        arguments = DATA.read({} if given is None else given)
        deed(name, arguments)
    return str(name), arguments


def _written_done(done: Done) -> Any:
    name, given = done
    return {name: dict(given)} if given else name


@cache
def fault() -> Form[Fault]:
    """A fault; one that was given no id has an empty one."""
    do = Form(_done, DEED, _written_done)
    fields = {
        "id": Field(TEXT, "What it is called; else fault-1, fault-2 … by its place."),
        "on": Field(address(), "Which calls; every one that it can befall if left out."),
        "do": Field(do, "What goes wrong: a name, or {name: {…}}."),
        "phase": Field(word(Phase), "Before the call has an effect, or after it had all of it."),
        "times": Field(whole(1), "How many calls it takes at the most."),
        "until": Field(SPAN, "When it ends, since the world's start."),
    }
    long = record(fields, needs=("do",)).then(_fault, _fields)

    def read(value: Any) -> Fault:
        short = isinstance(value, str) or (
            isinstance(value, Mapping) and len(value) == 1 and not fields.keys() & value.keys()
        )
        return _fault({"do": do.read(value)}) if short else long.read(value)

    return Form(read, {"anyOf": [long.schema, DEED]}, long.write)


def _fault(given: Mapping[str, Any]) -> Fault:
    name, arguments = given["do"]
    cls, on = catalogue()[name], given.get("on", On())
    reaches(name, cls, on)
    with within("phase"):
        phase = phase_of(cls, given.get("phase"))
    rest = {one: given[one] for one in ("times", "until") if one in given}
    id = given.get("id", "")
    with within("id"):
        if id == BROUGHT:
            raise Bad(f"{BROUGHT!r} is what faults are called that a call brings along")
        if "/" in id:
            raise Bad(f"{id!r} cannot stand in a path: it may have no slash")
    return placed(
        Fault(id=given.get("id", ""), do=name, args=arguments, on=on, phase=phase, **rest)
    )


def _fields(one: Fault) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.id} if one.id else {}
    on = replace(one.on, operations=frozenset())
    found |= {"on": on} if on != On() else {}
    found["do"] = one.do, one.args
    if one.phase is not phase_of(catalogue()[one.do], None):
        found["phase"] = one.phase
    return found | changed(one, ("times", "until"))


@cache
def faults() -> Form[tuple[Fault, ...]]:
    """A list of faults, each with an id of its own."""
    every = listed(fault())
    return every.then(_named, _unnamed)


def _named(found: tuple[Fault, ...]) -> tuple[Fault, ...]:
    named = [replace(one, id=one.id or f"fault-{nth}") for nth, one in enumerate(found, 1)]
    seen: set[str] = set()
    for nth, one in enumerate(named):
        if one.id in seen:
            raise Bad(f"there is another fault called {shown(one.id)}", (nth,))
        seen.add(one.id)
    return tuple(named)


def _unnamed(found: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(
        replace(one, id="") if one.id == f"fault-{nth}" else one for nth, one in enumerate(found, 1)
    )


@cache
def chaos() -> Form[Chaos]:
    """Chance: a rate for each family, drawing from the deck of all deeds."""
    rates = record(
        {one.value: Field(number(0, 1), "Its share of all calls.") for one in Family}
    ).then(_shares)
    fields = {
        "seed": Field(whole(), "What is drawn from, besides the scenario's own seed."),
        "rates": Field(rates, "How often each family strikes; together at most 1."),
    }
    return record(fields, needs=("rates",)).then(
        lambda given: Chaos(deck=deck(), **given),
        lambda one: {"rates": one.rates, **changed(one, ("seed",))},
    )


def _shares(rates: dict[str, float]) -> dict[str, float]:
    if sum(rates.values()) > 1:
        raise Bad(f"together they are {sum(rates.values()):g}, and more than all calls")
    return rates
