"""The whole server as one ASGI application: the providers' paths, and the control plane beside."""

from __future__ import annotations

from functools import cached_property

from starlette.types import ASGIApp

from emulator.faults.deed import Response
from emulator.media import Store
from emulator.server.dispatcher import Dispatcher
from emulator.server.files import Files
from emulator.server.injector import Injector
from emulator.server.stage import PREFIX, Stage
from emulator.server.tap import Tap
from emulator.server.wire import Asked, Receive, Scope, Send


class App:
    """Sends every call where it belongs. A call to a provider passes no router but our own.

    Without an injector no fault ever befalls a call, whatever is armed. Applications that share a
    `store` render nothing twice.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        token: str | None = None,
        guarded: bool = False,
        injector: Injector | None = None,
        store: Store | None = None,
    ) -> None:
        self.stage = stage
        self.files = Files(store or Store())
        self._token = token
        self._guarded = guarded
        self._providers = Dispatcher(stage, self.files, injector)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "http":
            await (self.control if _ours(scope["path"]) else self._providers)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    def at_once(self, scope: Scope, asked: Asked, body: bytes) -> Response | Tap | ASGIApp:
        """The answer to a call whose body is here, or what gives it in time."""
        return self.control if _ours(scope["path"]) else self._providers.at_once(scope, asked, body)

    @cached_property
    def control(self) -> ASGIApp:
        """The control plane, made when it is first called: many a trial never does."""
        from emulator.server.control import control

        return control(self.stage, self._token, guarded=self._guarded)

    def close(self) -> None:
        """Forget every world; open streams end and waits are refused, so that connections can
        finish. Worlds live as long as the server."""
        self.stage.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.stage.open()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self.close()
                self.files.close()
                return


def _ours(path: str) -> bool:
    """Whether a path is the control plane's."""
    return path.startswith(PREFIX) and f"{path}/".startswith(f"{PREFIX}/")
