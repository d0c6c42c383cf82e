"""Which providers there are: every folder here that has a PROVIDER."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import emulator.providers as home
from emulator.core.assumptions import Assumption, settle
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


def check_assumptions(chosen: Mapping[str, str]) -> None:
    """UnknownAssumption if any of these is not a known one with a known choice."""
    settle(assumptions(), chosen)
