"""Keeps calls for other hosts from the emulator, whichever connection they come over."""

from __future__ import annotations

import orjson
from starlette.types import ASGIApp

from emulator.door.authority import Authority
from emulator.door.door import Door, away
from emulator.server import wire
from emulator.server.stage import PREFIX
from emulator.server.wire import Receive, Scope, Send


class Guard:
    """The application behind a door: every call that came by it names a host, and is turned away
    if the door does not know that one. Whoever asks is shown the authority's certificate."""

    def __init__(self, app: ASGIApp, authority: Authority) -> None:
        self._app = app
        self._authority = authority

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        door: Door | None = scope.get("state", {}).get("door")
        host = wire.Asked(scope["headers"]).get("host", "") if door is not None else ""
        if door is None and scope.get("path") == f"{PREFIX}/ca":
            head = [(b"content-type", b"application/x-pem-file")]
            await wire.answer(send, 200, head, self._authority.pem)
        elif door is None or door.knows(host):
            await self._app(scope, receive, send)
        else:
            _, _, port = host.rpartition(":")
            usual = 443 if scope.get("scheme") == "https" else 80
            door.refused[host if port.isdigit() else f"{host}:{usual}"] += 1
            content = orjson.dumps({"error": {"message": away(host)}})
            head = [wire.JSON, (b"content-length", b"%d" % len(content)), (b"connection", b"close")]
            await wire.answer(send, 403, head, content)
