"""Which deeds there are: every one in the modules of this folder, found by looking."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import emulator.faults as home
from emulator.core.faults import Card, Fault, Phase
from emulator.core.forms import Bad, args, hint, record
from emulator.faults.deed import Deed, Family
from emulator.providers.port import Kind
from emulator.providers.registry import providers

CONNECT = "connect"
"""The operation that a new connection is, before a request is read."""

BROUGHT = "brought"
"""The id of every fault that a call brings along; no other fault is called that."""

CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@cache
def catalogue() -> Mapping[str, type[Deed]]:
    """Every deed by its name, family by family."""
    modules = [import_module(f"{home.__name__}.{one.name}") for one in iter_modules(home.__path__)]
    found = {name_of(one): one for module in modules for one in _deeds(module)}
    families = list(Family)
    return dict(sorted(found.items(), key=lambda item: families.index(item[1].family)))


def _deeds(module: ModuleType) -> Iterator[type[Deed]]:
    for one in vars(module).values():
        if getattr(one, "__module__", "") == module.__name__ and "family" in one.__dict__:
            yield one


def name_of(cls: type) -> str:
    """What a deed is called in a scenario: `CutBody` is `cut_body`."""
    return CAPITAL.sub("_", cls.__name__).lower()


def deed(name: str, given: Mapping[str, Any]) -> Deed:
    """The deed of that name with these arguments, as they are written; `Bad` if there is none."""
    known = catalogue()
    if name not in known:
        raise Bad(f"there is no fault {name!r}; `understudy faults` lists them{hint(name, known)}")
    read = record(args(known[name])).read(given)
    return known[name](**read)


def befalls(cls: type[Deed], provider: str, kind: Kind) -> bool:
    """Whether a deed can befall such an operation of a provider."""
    return kind in cls.kinds and (cls.providers is None or provider in cls.providers)


@cache
def kinds() -> Mapping[tuple[str, str], Kind]:
    """The kind of every operation, by provider and name."""
    return {
        (one.name, route.operation): route.kind
        for one in providers().values()
        for route in one.routes
    }


@cache
def deck() -> tuple[Card, ...]:
    """What chance draws from: every example of every deed, and each deed as it is by itself for the
    other operations that it can befall. Nothing is in it that needs a listener of its own."""
    cards = []
    for name, cls in catalogue().items():
        if Kind.CONNECT in cls.kinds:
            continue
        shown = {one.kind for one in cls.examples}
        cards += [_card(name, cls, {one.kind}, one.args, one.phase) for one in cls.examples]
        if others := cls.kinds - shown:
            cards.append(_card(name, cls, others, {}, None))
    return tuple(card for card in cards if card.operations)


def _card(
    name: str, cls: type[Deed], on: Set[Kind], given: Mapping[str, Any], phase: Phase | None
) -> Card:
    return Card(
        family=cls.family,
        do=name,
        phase=phase or cls.phases[0],
        args=given,
        operations=frozenset(
            f"{provider}.{operation}"
            for (provider, operation), kind in kinds().items()
            if kind in on and befalls(cls, provider, kind)
        ),
    )


def phase_of(cls: type[Deed], asked: Phase | None) -> Phase:
    """The phase in which a deed strikes; `Bad` if it cannot strike in the one asked for."""
    if asked is not None and asked not in cls.phases:
        raise Bad(f"{name_of(cls)} strikes {cls.phases[0]} the call only")
    return asked or cls.phases[0]


def placed(fault: Fault) -> Fault:
    """The fault with the operations that its deed can befall, of those that it is about."""
    on, cls = fault.on, catalogue()[fault.do]
    if Kind.CONNECT in cls.kinds:
        return replace(fault, on=replace(on, operation=CONNECT))
    if on.provider is not None and on.operation is not None:
        return fault
    can = frozenset(
        f"{provider}.{operation}"
        for (provider, operation), kind in kinds().items()
        if on.provider in (None, provider)
        and on.operation in (None, operation)
        and befalls(cls, provider, kind)
    )
    return replace(fault, on=replace(on, operations=can))
