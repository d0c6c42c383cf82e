"""Which providers there are: every folder here that has a PROVIDER."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import emulator.providers as home
from emulator.core.assumptions import Assumption, UnknownAssumption, settle
from emulator.core.scenario import Scenario
from emulator.providers.models import Model
from emulator.providers.port import Provider


@cache
def providers() -> Mapping[str, Provider]:
    """Every provider by its name, in the order of their names."""
    folders = sorted(one.name for one in iter_modules(home.__path__) if one.ispkg)
    found = (import_module(f"{home.__name__}.{name}").PROVIDER for name in folders)
    return {provider.name: provider for provider in found}


def assumptions() -> tuple[Assumption, ...]:
    """Every provider's assumptions."""
    return tuple(one for provider in providers().values() for one in provider.assumptions)


def assume(provider: Provider, chosen: Mapping[str, str]) -> dict[str, str]:
    """The provider's settled assumptions, by the name after the dot."""
    own = {name: value for name, value in chosen.items() if name.split(".")[0] == provider.name}
    settled = settle(provider.assumptions, own)
    return {name.split(".", 1)[1]: value for name, value in settled.items()}


def models(provider: Provider, settled: Mapping[str, str]) -> Mapping[str, Model]:
    """The provider's models under these assumptions; worlds that assume the same share them."""
    return _models(provider.name, tuple(sorted(settled.items())))


@cache
def _models(provider: str, settled: tuple[tuple[str, str], ...]) -> Mapping[str, Model]:
    return providers()[provider].models(dict(settled))


def check(scenario: Scenario) -> None:
    """ValueError if a scenario names an assumption, a choice or a model that is unknown."""
    try:
        settle(assumptions(), scenario.assumptions)
    except UnknownAssumption as error:
        raise UnknownAssumption(f"assumptions: {error}") from None
    known = {name for one in providers().values() for name in models(one, assume(one, {}))}
    limits = (rule.models for rule in scenario.keys.values() if rule.models is not None)
    planned = {rule.model for rule in scenario.plans if rule.model is not None}
    for name in sorted({*scenario.prices, *planned, *(name for limit in limits for name in limit)}):
        if name not in known:
            raise ValueError(f"{name!r} is not a model; `understudy models` lists them")
