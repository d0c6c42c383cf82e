"""A scenario as a story plays it: each client that acts in it has a world of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.worlds import Plane, World
from tests.scenarios.stories.client import Client

STANDS: Mapping[str, Any] = {"mode": "manual"}
LEAPS: Mapping[str, Any] = {"mode": "auto", "speed": 1}
"""A clock that leaps over whatever is waited for, and hardly flows otherwise."""


class Play:
    """One scenario. Calling it brings a client onto the stage, in a fresh world of it."""

    def __init__(self, url: str, name: str, fields: Mapping[str, Any]) -> None:
        self._plane = Plane(url)
        self._name = name
        self._fields = fields
        self._clients: list[Client] = []

    def __call__(
        self,
        provider: str = "oxen",
        *,
        clock: Mapping[str, Any] = STANDS,
        timeout: float = 20,
        listener: bool = False,
    ) -> Client:
        world = World(self._plane, provider, f"{self._name}-{len(self._clients) + 1}")
        world.scenario({**self._fields, "clock": clock}, listener=listener)
        self._clients.append(Client(world, timeout))
        return self._clients[-1]

    def idle(self) -> set[str]:
        """The faults of the scenario that did nothing to anybody. It ends all worlds."""
        for client in self._clients:
            client.end()
        faults = [one for client in self._clients for one in client.faults]
        return {one["id"] for one in faults} - {one["id"] for one in faults if _did(one)}

    def close(self) -> None:
        """All worlds end."""
        for client in self._clients:
            client.close()


def _did(fault: Mapping[str, Any]) -> bool:
    """Whether a fault has struck, and not in vain: what it did to a stream that is still open is
    not known yet."""
    return fault["state"] in ("fired", "taking")
