"""Where a call is received: whose it is, and which world answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.core.clock import Instant
from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Call, Route
from emulator.server import wire
from emulator.server.live import Live

if TYPE_CHECKING:
    from emulator.server.visit import Visit


def called(visit: Visit, at: Instant, body: bytes) -> Call:
    """The call as a provider sees it."""
    scope = visit.scope
    return Call(
        method=visit.method,
        path=scope["path"],
        at=at,
        origin=f"{scope['scheme']}://{visit.asked.host}",
        key=visit.key,
        params=visit.params,
        query=wire.query(scope) if scope["query_string"] else {},
        headers=visit.asked,
        body=body,
    )


def world(visit: Visit) -> Live:
    """The world of a call: its link's, its key's, or the lobby where no key is needed.

    Refused without a key where one is needed, and over the listener of another world. Public
    calls without a key see the lobby, over any listener.
    """
    route, stage = visit.route, visit.house.stage
    if isinstance(route, Route) and route.linked is not None:
        return _linked(visit, route.linked(called(visit, 0, b"")))
    if visit.key is not None:
        return _of(visit, visit.key)
    assume: Mapping[str, str] = stage.assume[visit.provider.name]
    if isinstance(route, Route) and route.open is not None and route.open(assume):
        return stage.lobby
    raise Refused(Reason.NO_KEY)


def _linked(visit: Visit, name: str | None) -> Live:
    """The world that a link names; that of the key where there is only a key."""
    if name is None and visit.key is not None:
        return _of(visit, visit.key)
    live = visit.house.stage.worlds.get(name or "")
    if live is None or not _served(visit, live):
        raise Refused(Reason.BAD_LINK, "The link has no valid signature.")
    return live


def _of(visit: Visit, key: str) -> Live:
    """The world of a key; over a listener of its own only the one that it serves."""
    stage = visit.house.stage
    if "listener" not in visit.scope.get("state", ()):
        return stage.of(key)
    live = stage.known(key)
    if live is None or not _served(visit, live):
        raise Refused(Reason.UNKNOWN_KEY, "this listener serves another key's world")
    return live


def _served(visit: Visit, live: Live) -> bool:
    listener = visit.scope.get("state", {}).get("listener")
    return listener is None or listener.serves(live)
