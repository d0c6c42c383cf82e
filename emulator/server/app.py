"""The whole server as one ASGI application: the providers' paths, and the control plane beside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from emulator.media import Store
from emulator.server.control import PREFIX, control
from emulator.server.dispatcher import Dispatcher
from emulator.server.files import Files
from emulator.server.stage import Stage
from emulator.server.wire import Receive, Scope, Send

RENDERERS = 2
"""Threads that render, at most."""


class App:
    """Sends every call where it belongs. A call to a provider passes no router but our own."""

    def __init__(self, stage: Stage, *, token: str | None = None, guarded: bool = False) -> None:
        self.stage = stage
        self._workers = ThreadPoolExecutor(RENDERERS, thread_name_prefix="render")
        self._control = control(stage, token, guarded=guarded)
        self._providers = Dispatcher(stage, Files(Store(), self._workers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "http":
            ours = scope["path"].startswith(PREFIX)
            await (self._control if ours else self._providers)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    def close(self) -> None:
        """End every stream and wait, so that connections can finish."""
        self.stage.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._workers.shutdown(wait=False, cancel_futures=True)
                return
