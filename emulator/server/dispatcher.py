"""The providers' routes: a small ASGI application between the socket and the worlds.

It finds out which provider a call is for; all the rest of one call is a `Visit`.
"""

from __future__ import annotations

import contextlib
from functools import partial

import orjson
from starlette.types import ASGIApp

from emulator.faults.deed import Response
from emulator.server import wire
from emulator.server.files import Files
from emulator.server.injector import Injector
from emulator.server.recorder import Noted
from emulator.server.routing import Front
from emulator.server.stage import Stage
from emulator.server.tap import Tap
from emulator.server.visit import Visit
from emulator.server.wire import Receive, Scope, Send

NOWHERE = {"error": {"message": "Neither the path nor the host belongs to an emulated provider."}}


class Dispatcher:
    """Answers every call to a provider's paths. Without an injector no fault befalls any."""

    def __init__(self, stage: Stage, files: Files, injector: Injector | None = None) -> None:
        self.stage = stage
        self.files = files
        self.injector = injector
        self.front = Front(stage.providers.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, from its head to its answer's last byte."""
        asked = wire.Asked(scope["headers"])
        provider = self.front.provider(scope["path"], asked.host)
        if provider is None:
            no = self._nowhere(scope)
            await wire.answer(send, no.status, list(no.head), no.content)
            return
        with contextlib.suppress(wire.Gone):
            await Visit(self, provider, scope, asked).answer(receive, send)

    def at_once(self, scope: Scope, asked: wire.Asked, body: bytes) -> Response | Tap | ASGIApp:
        """The answer to a call whose body is here, or what gives it if somebody has to wait."""
        provider = self.front.provider(scope["path"], asked.host)
        if provider is None:
            return self._nowhere(scope)
        visit = Visit(self, provider, scope, asked)
        return visit.at_once(body) or visit.tap or partial(self._finish, visit)

    async def _finish(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(wire.Gone):
            await visit.finish(receive, send)

    def _nowhere(self, scope: Scope) -> Response:
        """Answer, and note in the journal, a call that is for no provider."""
        lobby, content = self.stage.lobby, orjson.dumps(NOWHERE)
        now = lobby.present()
        shown = next(iter(lobby.terms.values())).see(now)
        head = [wire.JSON, (b"content-length", b"%d" % len(content)), wire.date(shown)]
        key = wire.Asked(scope["headers"]).key
        called = (scope["method"], scope["raw_path"], scope["query_string"], scope["headers"])
        self.stage.journal.note(Noted(*called, now, 404, head, content, key=key))
        return Response(404, tuple(head), content)
