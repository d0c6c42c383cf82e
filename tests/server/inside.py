"""Calls straight into the application, without a socket: every turn of the loop is the test's own.

What the application sends is kept, and a reader can be made to stop reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson

from emulator import Limits, Scenario
from emulator.core.clock import SECOND, Instant, Mode, Pace
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.injector import Injector
from emulator.server.live import Live
from emulator.server.stage import Stage

PATIENCE = 30
"""Seconds after which a test that waits for something gives up."""


INJECTOR = Injector()


def host(path: str) -> str:
    """Under which name a path is called: the control plane wants one of this machine's own."""
    return "localhost" if path.startswith("/_understudy") else "emulator.test"


class Bare:
    """The wire under a call: what is written past the application's framing counts as body."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def write(self, data: bytes) -> None:
        self._talk.pieces.append(data)

    def close(self) -> None:
        self._talk.cut = "closed"
        self._talk.hang_up()

    async def reset(self) -> None:
        self._talk.cut = "reset"
        self._talk.hang_up()


class Talk:
    """One call. Without a body it is held back until `upload`; `cut` says how the wire ended."""

    def __init__(
        self,
        app: App,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: bytes | None = b"",
        headers: Mapping[str, str] | None = None,
        client: tuple[str, int] = ("127.0.0.1", 40000),
    ) -> None:
        path, _, query = path.partition("?")
        named = {"host": host(path), **(headers or {})}
        if key is not None:
            named["authorization"] = f"Bearer {key}"
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in named.items()],
            "client": client,
            "state": {"wire": Bare(self)},
        }
        self.status = 0
        self.head: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.ended = False
        self.cut = ""
        self.reading = asyncio.Event()
        self.reading.set()
        self._changed = asyncio.Event()
        self._mail: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        if body is not None:
            self.upload(body)
        self.task = asyncio.ensure_future(app(scope, self._mail.get, self._send))

    @property
    def bytes(self) -> bytes:
        """All of the body that came so far."""
        return b"".join(self.pieces)

    @property
    def json(self) -> Any:
        return orjson.loads(self.bytes)

    def upload(self, body: bytes, *, more: bool = False) -> None:
        """A part of the request's body."""
        self._mail.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self._mail.put_nowait({"type": "http.disconnect"})

    async def begun(self) -> Talk:
        """Returns once the response's head is there."""
        return await self.until(lambda: self.status > 0)

    async def over(self) -> Talk:
        """Returns once the application has nothing more to do for the call."""
        async with asyncio.timeout(PATIENCE):
            await self.task
        return self

    async def until(self, there: Any) -> Talk:
        """Returns once that is so; it is asked again whenever something was sent."""
        async with asyncio.timeout(PATIENCE):
            while not there():
                self._changed.clear()
                await self._changed.wait()
        return self

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.head = {name.decode(): text.decode() for name, text in message["headers"]}
        else:
            self.pieces += [message["body"]] if message.get("body") else []
            self.ended = not message.get("more_body", False)
        self._changed.set()


class Machine:
    """The machine's time, which a test lets pass."""

    def __init__(self, at: Instant = 1_800_000_000 * SECOND) -> None:
        self.at = at

    def __call__(self) -> Instant:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += round(seconds * SECOND)


class House:
    """An application with its stage, and shorthands for calls to it."""

    def __init__(
        self,
        *,
        keys: frozenset[str] | None = None,
        limits: Limits | None = None,
        machine: Machine | None = None,
        token: str | None = None,
        guarded: bool = False,
        injector: Injector | None = INJECTOR,
        scenario: Scenario | None = None,
        **fields: Any,
    ) -> None:
        self.machine = machine or Machine()
        self.scenario = scenario or Scenario(**{"pace": Pace(Mode.MANUAL), **fields})
        self.stage = Stage(
            self.scenario, providers(), keys=keys, limits=limits or Limits(), machine=self.machine
        )
        self.app = App(self.stage, token=token, guarded=guarded, injector=injector)

    def open(self, method: str, path: str, **more: Any) -> Talk:
        """A call that is not waited for."""
        return Talk(self.app, method, path, **more)

    async def call(self, method: str, path: str, data: Any = None, **more: Any) -> Talk:
        """A call and its whole answer."""
        sent = b"" if data is None else body(data)
        return await Talk(self.app, method, path, **{"body": sent, **more}).over()

    async def json(self, method: str, path: str, data: Any = None, **more: Any) -> Any:
        """The JSON of an answer that is no error."""
        talk = await self.call(method, path, data, **more)
        assert talk.status < 300, talk.bytes
        return talk.json

    async def enqueue(self, key: str, data: Mapping[str, Any]) -> str:
        """The id of a generation in the Oxen queue."""
        made = await self.json("POST", "/api/ai/queue", data, key=key)
        return str(made["generations"][0]["generation_id"])

    async def listen(self, key: str, **more: Any) -> Talk:
        """An open event stream."""
        return await self.open("GET", "/api/events", key=key, **more).begun()

    async def advance(self, key: str, by: str | float) -> None:
        await self.json("POST", f"/_understudy/worlds/{key}/clock", {"advance": by})

    def live(self, key: str) -> Live:
        """The world of a key, to look at."""
        found = self.stage.find(key)
        assert found is not None
        return found


async def turns(count: int = 100) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


def body(data: Any) -> bytes:
    """JSON as a client sends it."""
    return orjson.dumps(data)
