"""Result files: rendered off the event loop when first asked for, served whole or in ranges."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from emulator.core.jobs import Shot
from emulator.media import Clip, Rendered, Still, Store, data_url, name
from emulator.providers.body import digits
from emulator.providers.port import File, Inline
from emulator.server.wire import Headers, Send

RENDERERS = 2
"""Files that are rendered at once, at most."""

CHUNK = 256 * 1024
LARGEST = 3840
"""Pixels of a side beyond which nothing is drawn."""


class Files:
    """Renders and remembers; one for a server. What is remembered never waits for a render, and
    whoever asks for what is being rendered takes up no renderer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers: ThreadPoolExecutor | None = None
        self._making: dict[str, asyncio.Future[Rendered]] = {}

    def close(self) -> None:
        """Let the renderers go; the next render starts new ones."""
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)
            self._workers = None

    async def render(self, file: File) -> Rendered:
        """The file behind a result."""
        loop, shot = asyncio.get_running_loop(), file.job.draft.shot
        if shot.start is None:
            thing, named = identified(shot)
        else:
            thing, named = await loop.run_in_executor(None, identified, shot)
        if (found := self._store.peek(named)) is not None:
            return found
        if named not in self._making:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(RENDERERS, thread_name_prefix="render")
            making = loop.run_in_executor(self._workers, self._store.get, thing)
            making.add_done_callback(partial(self._made, named))
            self._making[named] = making
        return await asyncio.shield(self._making[named])

    def _made(self, named: str, making: asyncio.Future[Rendered]) -> None:
        """A render is over; if everybody who asked for it has gone, nobody minds that it failed."""
        del self._making[named]
        if not making.cancelled():
            making.exception()

    async def fill(self, body: Any) -> Any:
        """The body of an answer with every inline result put in its place."""
        if isinstance(body, Inline):
            rendered = await self.render(body.file)
            return body.prefix + b64encode(rendered.data).decode("ascii")
        if isinstance(body, Mapping):
            return {name: await self.fill(one) for name, one in body.items()}
        if isinstance(body, list):
            return [await self.fill(one) for one in body]
        return body


def identified(shot: Shot) -> tuple[Clip | Still, str]:
    """What is to be rendered for an output, and its name."""
    thing = described(shot)
    return thing, name(thing)


def described(shot: Shot) -> Clip | Still:
    """What is to be rendered for an output."""
    width, height = (max(16, min(side, LARGEST) // 2 * 2) for side in (shot.width, shot.height))
    if shot.kind == "image":
        drawn = "jpeg" if shot.format == "jpg" else shot.format
        return Still(width=width, height=height, format=drawn, scene=shot.scene)  # type: ignore[arg-type]
    start = data_url(shot.start)[1] if shot.start else None
    return Clip(
        width=width,
        height=height,
        seconds=shot.seconds,
        audio=shot.audio,
        scene=shot.scene,
        start=start,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What of a file is sent: its status, its own headers, and the bytes from `first` to `last`."""

    status: int
    head: Headers
    first: int
    end: int


def part(rendered: Rendered, asked: Mapping[str, str]) -> Part:
    """What a request's If-None-Match, Range and If-Range make of a file."""
    size, etag = len(rendered.data), rendered.etag
    head: Headers = [
        (b"content-type", rendered.mime.encode()),
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
    ]
    if _matches(asked.get("if-none-match"), etag):
        return Part(304, head[1:2], 0, 0)
    wanted = asked.get("range") if asked.get("if-range", etag) == etag else None
    bounds = _range(wanted, size)
    if bounds is None:
        return Part(200, [*head, (b"content-length", b"%d" % size)], 0, size)
    first, end = bounds
    if first >= end:
        return Part(416, [(b"content-range", b"bytes */%d" % size)], 0, 0)
    told = b"bytes %d-%d/%d" % (first, end - 1, size)
    more = [(b"content-range", told), (b"content-length", b"%d" % (end - first))]
    return Part(206, [*head, *more], first, end)


def _matches(tags: str | None, etag: str) -> bool:
    listed = {tag.strip().removeprefix("W/") for tag in (tags or "").split(",")}
    return etag in listed or "*" in listed


def _range(text: str | None, size: int) -> tuple[int, int] | None:
    """First byte and end of a single range; None where the header is to be ignored."""
    unit, _, span = (text or "").partition("=")
    first, dash, last = span.strip().partition("-")
    low, high = digits(first), digits(last)
    malformed = (first and low is None) or (last and high is None) or not (first or last)
    if unit.strip().lower() != "bytes" or not dash or malformed:
        return None
    if low is None:
        return max(size - (high or 0), 0), size
    if high is not None and high < low:
        return None
    return low, size if high is None else min(high + 1, size)


async def send_part(send: Send, part: Part, head: Headers, data: bytes, *, bare: bool) -> None:
    """The response for a part of a file; `bare` sends its head only."""
    await send({"type": "http.response.start", "status": part.status, "headers": head})
    at = part.first
    while not bare and part.end - at > CHUNK:
        chunk = data[at : at + CHUNK]
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        at += CHUNK
    last = b"" if bare else data[at : part.end]
    await send({"type": "http.response.body", "body": last})
