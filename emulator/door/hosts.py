"""The hosts that are stood in for."""

from __future__ import annotations

from emulator.providers.registry import providers


def hosts() -> tuple[str, ...]:
    """The host names of all providers."""
    return tuple(name for one in providers().values() for name in one.hosts)
