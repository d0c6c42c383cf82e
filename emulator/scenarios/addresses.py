"""How the address of a fault is written, and whether its deed can befall anything there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from emulator.core.bad import Bad, listing
from emulator.core.faults import Beyond, Match, On
from emulator.core.forms import (
    JSON,
    SPAN,
    TEXT,
    Field,
    Form,
    changed,
    listed,
    made,
    mapped,
    one_of,
    whole,
    word,
)
from emulator.core.jobs import Status
from emulator.faults.catalogue import CONNECT, befalls, catalogue, kinds
from emulator.faults.deed import Deed
from emulator.providers.port import Kind
from emulator.providers.registry import providers
from emulator.scenarios.deeds import UNCOUNTED

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


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        if not name.isascii():
            raise Bad("a header's name is of ASCII letters", (name,))
        if name.lower() == "authorization":
            raise Bad("keys are written down nowhere, so nothing is matched by them", (name,))
    return {name.lower(): one for name, one in given.items()}


def _match() -> Form[Match]:
    headers = mapped(TEXT, "headers to their values").then(_headers)
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


def address() -> Form[On]:
    """Which calls a fault is about."""
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
    return made(On, fields, alone=("nth", "every", "beyond")).then(_possible, allOf=rules)


def _window(between: tuple[int, ...]) -> tuple[int, int]:
    begins, ends = between
    if begins >= ends:
        raise Bad("it ends before it begins: the first span is the shorter one")
    return begins, ends


def _possible(on: On) -> On:
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


def reaches(name: str, cls: type[Deed], on: On) -> None:
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
