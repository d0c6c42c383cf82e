"""How faults and chaos are written: `on` which calls, `do` what; or only a deed's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from emulator.core.bad import Bad, listing, shown, within
from emulator.core.faults import Beyond, Chaos, Fault, Match, On, Phase
from emulator.core.forms import (
    DATA,
    JSON,
    SPAN,
    TEXT,
    Field,
    Form,
    changed,
    listed,
    made,
    mapped,
    number,
    one_of,
    record,
    whole,
    word,
)
from emulator.core.jobs import Status
from emulator.faults.catalogue import befalls, catalogue, deck, deed, kinds, phase_of
from emulator.faults.deed import Deed, Family
from emulator.providers.port import Kind
from emulator.providers.registry import providers
from emulator.scenarios.deeds import DEED, UNCOUNTED

Done: TypeAlias = tuple[str, Mapping[str, Any]]
"""A deed's name and its arguments as they are written."""

CONNECT = "connect"
"""The operation that is a connection, before a request is read. It belongs to no provider."""

EARLY = ("operation", "nth", "every", "between", "beyond")
"""How a connection can be addressed on which nothing has been read yet."""


def _beyond() -> Form[Beyond]:
    fields = {
        "calls": Field(whole(), "So many calls in a window are let through."),
        "per": Field(SPAN, "How long the window is."),
        "jobs": Field(whole(), "So many jobs that have not ended are let through."),
    }
    return made(Beyond, fields, alone=("calls", "jobs")).then(
        _limit, dependentRequired={"calls": ["per"], "per": ["calls"]}, minProperties=1
    )


def _limit(beyond: Beyond) -> Beyond:
    if (beyond.calls is None) is not (beyond.per == 0):
        raise Bad("calls and per go together: {calls: 5, per: 1m}")
    if beyond.calls is None and beyond.jobs is None:
        raise Bad("a limit is {calls: 5, per: 1m} or {jobs: 3}")
    return beyond


def _match() -> Form[Match]:
    headers = mapped(TEXT, "headers to their values").then(
        lambda given: {name.lower(): one for name, one in given.items()}
    )
    fields = {
        "method": Field(TEXT.then(str.upper), "GET, POST or DELETE."),
        "headers": Field(headers, "Headers; `*` stands for anything."),
        "json": Field(
            mapped(JSON, "places in the JSON body to their values"),
            "Fields of the JSON body, such as `input.0.url`; `*` in a text stands for anything.",
        ),
    }
    return made(Match, fields)


@cache
def _operations() -> tuple[str, ...]:
    return (*dict.fromkeys(operation for _, operation in kinds()), CONNECT)


def _own(provider: str) -> list[str]:
    return [operation for name, operation in kinds() if name == provider]


def _on() -> Form[On]:
    states = listed(word(Status)).then(
        frozenset, lambda held: [one for one in Status if one in held]
    )
    fields = {
        "provider": Field(one_of(*providers()), "Whose calls; every provider's if left out."),
        "operation": Field(
            one_of(*_operations()), "Which calls; all that the fault can befall if left out."
        ),
        "job": Field(whole(1), "Calls about the provider's so many-th job, from 1."),
        "id": Field(TEXT, "Calls about the job of this id."),
        "states": Field(states, "Where the job may stand."),
        "match": Field(_match(), "What the request must look like."),
        "between": Field(
            listed(SPAN, 2, 2).then(_window), "From when to when, since the world's start."
        ),
        "nth": Field(whole(1), "Only the so many-th call that matches."),
        "every": Field(whole(1), "Every so many-th call that matches."),
        "beyond": Field(_beyond(), "Only calls past a limit: {calls: 5, per: 1m} or {jobs: 3}."),
        "event": Field(whole(1), "The so many-th event of a connection, from 1."),
    }
    owned = [
        {
            "if": {"properties": {"provider": {"const": name}}, "required": ["provider"]},
            "then": {"properties": {"operation": {"enum": _own(name)}}},
        }
        for name in providers()
    ]
    rules = [*owned, {"not": {"required": ["job", "id"]}}]
    return made(On, fields, alone=("nth", "every", "beyond")).then(_address, allOf=rules)


def _window(between: tuple[int, ...]) -> tuple[int, int]:
    begins, ends = between
    if begins >= ends:
        raise Bad("it ends before it begins: the first span is the shorter one")
    return begins, ends


def _address(on: On) -> On:
    if on.provider is not None and on.operation is not None:
        own = _own(on.provider)
        if on.operation not in own:
            raise Bad(
                f"{on.operation!r} is no operation of {on.provider}; it has"
                f" {listing(own, '', on.operation)}",
                ("operation",),
            )
    if on.job is not None and on.id is not None:
        raise Bad("job and id do not go together: say one of them", key="id")
    return on


def _done(value: Any) -> Done:
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, given),) = value.items()
    elif isinstance(value, str):
        name, given = value, None
    else:
        null = ", and not the fault 'null', whose name wants quotes" if value is None else ""
        raise Bad(f"{shown(value)} is neither a fault's name nor {{name: {{…}}}}{null}")
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
        "on": Field(_on(), "Which calls; every one that it can befall if left out."),
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
    _reaches(name, cls, on)
    with within("phase"):
        phase = phase_of(cls, given.get("phase"))
    rest = {one: given[one] for one in ("times", "until") if one in given}
    return Fault(id=given.get("id", ""), do=name, args=arguments, on=on, phase=phase, **rest)


def _fields(one: Fault) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.id} if one.id else {}
    found |= {"on": one.on} if one.on != On() else {}
    found["do"] = one.do, one.args
    if one.phase is not phase_of(catalogue()[one.do], None):
        found["phase"] = one.phase
    return found | changed(one, ("times", "until"))


def _reaches(name: str, cls: type[Deed], on: On) -> None:
    """Bad if the deed can befall nothing that the address names."""
    if Kind.CONNECT in cls.kinds or on.operation == CONNECT:
        _connects(name, cls, on)
        return
    can = [place for place, kind in kinds().items() if befalls(cls, place[0], kind)]
    if not any(
        on.provider in (None, provider) and on.operation in (None, operation)
        for provider, operation in can
    ):
        named = ".".join(filter(None, (on.provider, on.operation)))
        places = ", ".join(f"{provider}.{operation}" for provider, operation in can)
        raise Bad(f"{name!r} cannot befall {named}; it can befall {places}", ("do",))
    if on.event is not None and not cls.kinds <= {Kind.STREAM}:
        raise Bad(f"{name!r} befalls a call, not one of its events", ("on",), "event")


def _connects(name: str, cls: type[Deed], on: On) -> None:
    if Kind.CONNECT not in cls.kinds or on.operation not in (None, CONNECT):
        early = [one for one, known in catalogue().items() if Kind.CONNECT in known.kinds]
        instead = f"it can befall {CONNECT}" if name in early else f"{', '.join(early)} can"
        raise Bad(f"{name!r} cannot befall {on.operation}; {instead}", ("do",))
    known = ("operation", "between") if name in UNCOUNTED else EARLY
    if other := sorted(set(changed(on, On.__slots__)) - {*known, "operations"}):
        raise Bad(
            f"{other[0]} cannot be told of a connection that {name} takes; say only"
            f" {', '.join(known)}",
            ("on",),
            other[0],
        )


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
