"""Keeps calls for other hosts from the emulator, whichever connection they come over."""

from __future__ import annotations

import orjson
from starlette.types import ASGIApp

from emulator.door.authority import Authority
from emulator.door.door import NAMELESS, Door
from emulator.server import wire
from emulator.server.stage import PREFIX
from emulator.server.wire import Receive, Scope, Send


class Guard:
    """The application behind a door: every call that came by it names a host, or was sent to one by
    the proxy, and is turned away if the door does not know that one. Whoever asks is shown the
    authority's certificate."""

    def __init__(self, app: ASGIApp, authority: Authority) -> None:
        self._app = app
        self._authority = authority

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        state = scope.get("state", {})
        door: Door | None = state.get("door")
        if door is None:
            if scope.get("path") == f"{PREFIX}/ca":
                head = [(b"content-type", b"application/x-pem-file")]
                await wire.answer(send, 200, head, self._authority.pem)
            else:
                await self._app(scope, receive, send)
            return
        host = wire.Asked(scope["headers"]).get("host", "")
        if state["once"]:
            send = _last(send)
        if state["host"] and (state["once"] or not host):
            host = state["host"]
            scope["headers"] = _to(host, scope["headers"])
        if door.knows(host):
            await self._app(scope, receive, send)
            return
        _, _, port = host.rpartition(":")
        usual = 443 if scope.get("scheme") == "https" else 80
        door.refuse(host if port.isdigit() else f"{host or NAMELESS}:{usual}")
        content = orjson.dumps({"error": {"message": door.away(host)}})
        head = [wire.JSON, (b"content-length", b"%d" % len(content)), (b"connection", b"close")]
        await wire.answer(send, 403, head, content)


def _to(host: str, headers: wire.Headers) -> wire.Headers:
    """A call's headers, with the host that it was sent to."""
    others = [(name, value) for name, value in headers if name != b"host"]
    return [(b"host", host.encode()), *others]


def _last(send: Send) -> Send:
    """Send an answer, and that it is the connection's last."""

    async def sent(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return sent
