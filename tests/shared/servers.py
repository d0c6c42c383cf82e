"""Redis servers of one's own, each on a socket in a folder; and a way to them that fails."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from tests.live.tools import need

NAMES = count(1)


class Server:
    """A redis-server, which is started, stopped and killed as often as is wanted."""

    def __init__(self, folder: Path, *settings: str) -> None:
        need("redis-server")
        self.folder = folder
        self.socket = folder / "s"
        self._settings = settings
        self._running: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """A log that nobody has used yet."""
        return f"unix://{self.socket}?name=log-{next(NAMES)}"

    def start(self, *settings: str) -> None:
        """Return once it accepts connections."""
        self.folder.mkdir(exist_ok=True)
        asked = [
            "redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir",
            str(self.folder), *self._settings, *settings,
        ]  # fmt: skip
        self._running = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True)
        assert self._running.stdout is not None
        said = []
        for line in self._running.stdout:
            said.append(line)
            if "accept connections" in line:
                return
        raise AssertionError("redis-server did not start:\n" + "".join(said))

    def send(self, number: signal.Signals) -> None:
        assert self._running is not None
        self._running.send_signal(number)

    def kill(self) -> None:
        """End it at once; it was running."""
        self.send(signal.SIGKILL)
        self.ended()

    def ended(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.communicate(timeout=60)

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Any]:
        """An ordinary client of it."""
        async with Redis(unix_socket_path=str(self.socket)) as client:
            yield client

    async def cut(self) -> None:
        """Break every connection. Two who do it at once may break each other's."""
        with suppress(ConnectionError):
            async with self.asked() as client:
                await client.client_kill_filter(_type="normal", skipme=True)


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[Server]:
    server = Server(folder, *settings)
    server.start()
    try:
        yield server
    finally:
        server.ended()


class Way:
    """Leads to a server, and loses what it is told to lose; or everything, without a word."""

    def __init__(self, to: Path) -> None:
        self._to = to
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.losing = b""
        self.holding = False
        self.lost = 0

    async def begin(self) -> None:
        self._server = await asyncio.start_server(self._come, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def url(self, name: str) -> str:
        return f"redis://127.0.0.1:{self.port}?name={name}"

    def cut(self) -> None:
        """Break every connection, and take none."""
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def end(self) -> None:
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far, out = await asyncio.open_unix_connection(self._to)
        both = {writer, out}
        self._open |= both
        losing = [False]
        try:
            with suppress(OSError):
                await asyncio.gather(
                    self._carry(reader, out, losing, asked=True),
                    self._carry(far, writer, losing, asked=False),
                )
        finally:
            for one in both:
                one.transport.abort()
            self._open -= both
            self._tasks.discard(task)

    async def _carry(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, losing: list[bool], *,
        asked: bool,
    ) -> None:  # fmt: skip
        """What has the word in it is carried there, and its answer never comes back."""
        while data := await reader.read(65536):
            if asked and self.losing and self.losing in data:
                self.losing, losing[0] = b"", True
            elif not asked and losing[0]:
                self.lost += 1
                raise ConnectionResetError
            if self.holding:
                continue
            to.write(data)
            await to.drain()
        raise ConnectionResetError
