"""Where a call is received: whose it is, and which world answers it."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.core.clock import Instant
from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Call, Route, Stream
from emulator.server import wire
from emulator.server.live import Live
from emulator.server.stage import Stage
from emulator.server.wire import Scope


class Reception:
    """One call's papers: its key, its origin, and the world that they lead to."""

    __slots__ = ("_asked", "_provider", "_scope", "_stage", "key")

    def __init__(self, stage: Stage, provider: str, scope: Scope, asked: Mapping[str, str]) -> None:
        self._stage = stage
        self._provider = provider
        self._scope = scope
        self._asked = asked
        self.key = wire.bearer(asked.get("authorization"))

    def call(self, params: Mapping[str, str], at: Instant, body: bytes) -> Call:
        """The call as a provider sees it."""
        scope = self._scope
        return Call(
            method=scope["method"],
            path=scope["path"],
            at=at,
            origin=f"{scope['scheme']}://{self._asked.get('host', '')}",
            key=self.key,
            params=params,
            query=wire.query(scope),
            headers=self._asked,
            body=body,
        )

    def world(self, route: Route | Stream, params: Mapping[str, str]) -> Live:
        """The world of the call: its link's, its key's, or the lobby where no key is needed.

        Refused without a key where one is needed, and over the listener of another world. Public
        calls without a key see the lobby, over any listener.
        """
        if isinstance(route, Route) and route.linked is not None:
            return self._linked(route.linked(self.call(params, 0, b"")))
        if self.key is not None:
            return self._of(self.key)
        assume = self._stage.assume[self._provider]
        if isinstance(route, Route) and route.open is not None and route.open(assume):
            return self._stage.lobby
        raise Refused(Reason.NO_KEY)

    def _linked(self, world: str | None) -> Live:
        """The world that a link names; that of the key where there is only a key."""
        if world is None and self.key is not None:
            return self._of(self.key)
        live = self._stage.worlds.get(world or "")
        if live is None or not self._served(live):
            raise Refused(Reason.BAD_LINK, "The link has no valid signature.")
        return live

    def _of(self, key: str) -> Live:
        """The world of a key; over a listener of its own only the one that it serves."""
        if "listener" not in self._scope.get("state", ()):
            return self._stage.of(key)
        live = self._stage.known(key)
        if live is None or not self._served(live):
            raise Refused(Reason.UNKNOWN_KEY, "this listener serves another key's world")
        return live

    def _served(self, live: Live) -> bool:
        listener = self._scope.get("state", {}).get("listener")
        return listener is None or listener.serves(live)
