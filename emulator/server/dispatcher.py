"""The providers' routes: a small ASGI application between the socket and the worlds.

It finds out which provider a call is for; all the rest of one call is a `Visit`.
"""

from __future__ import annotations

import contextlib

import orjson

from emulator.server import wire
from emulator.server.files import Files
from emulator.server.injector import Injector
from emulator.server.recorder import Heard, Said
from emulator.server.routing import Front
from emulator.server.stage import Stage
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
        provider = self.front.provider(scope["path"], asked.get("host", ""))
        if provider is None:
            await self._nowhere(scope, send)
            return
        tree = self.front.trees[provider.name]
        visit = Visit(self, provider, tree, scope, asked, receive, send)
        with contextlib.suppress(wire.Gone):
            await visit.answer()

    async def _nowhere(self, scope: Scope, send: Send) -> None:
        """Answer, and note in the journal, a call that is for no provider."""
        lobby, content = self.stage.lobby, orjson.dumps(NOWHERE)
        now = lobby.present()
        shown = next(iter(lobby.terms.values())).see(now)
        head = [wire.JSON, (b"content-length", b"%d" % len(content)), wire.date(shown)]
        key = wire.bearer(wire.Asked(scope["headers"]).get("authorization"))
        self.stage.journal.note(Heard(scope, key=key), Said(now, 404, head, content))
        await wire.answer(send, 404, head, content)
