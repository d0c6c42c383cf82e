"""Requests off the wire and answers onto it, in the forms of ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from emulator.core.clock import LATEST, SECOND, Instant
from emulator.core.refusals import Reason, Refused

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")


class Gone(Exception):
    """The client hung up before its request was read."""


class Asked(Mapping[str, str]):
    """The request's headers by lower-case name, decoded when looked at; of a repeated one, the
    last.

    `raw` has them as they came; `key` is the bearer's, and `host` is empty if there is none.
    """

    __slots__ = ("host", "key", "raw")

    def __init__(self, pairs: Headers) -> None:
        self.raw = raw = dict(pairs)
        self.key = bearer(raw.get(b"authorization"))
        self.host = raw.get(b"host", b"").decode("latin-1")

    def __getitem__(self, name: str) -> str:
        return self.raw[name.encode("latin-1", "replace")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        """A header, or the default: what most calls are asked for they do not have."""
        value = self.raw.get(name.encode("latin-1", "replace"))
        return default if value is None else value.decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self.raw)

    def __len__(self) -> int:
        return len(self.raw)


def query(scope: Scope) -> dict[str, str]:
    """The query's parameters; of a repeated one, the last."""
    raw = scope["query_string"]
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}


@lru_cache(maxsize=4096)
def bearer(authorization: bytes | None) -> str | None:
    """The key of an `Authorization: Bearer …` header; None without one."""
    scheme, _, key = (authorization or b"").decode("latin-1").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


async def body(receive: Receive, limit: int) -> bytes:
    """The request's body; Refused when it has more bytes than `limit`, Gone when it breaks off."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        return _within(whole, len(whole), limit)
    pieces, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise Gone
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        _within(b"", size, limit)
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()


def _within(whole: bytes, size: int, limit: int) -> bytes:
    if size > limit:
        raise too_large(limit)
    return whole


def too_large(limit: int) -> Refused:
    """The refusal of a body that has more bytes than `limit`."""
    return Refused(Reason.TOO_LARGE, f"a body may have at most {limit} bytes")


async def answer(send: Send, status: int, head: Headers, content: bytes) -> None:
    """A whole response."""
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": content})


def chunk(data: bytes) -> bytes:
    """A part of a chunked body; nothing for nothing, which would end it."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def date(at: Instant) -> tuple[bytes, bytes]:
    """The Date header for an instant."""
    return _date(min(at, LATEST) // SECOND)


@lru_cache(maxsize=64)
def _date(seconds: int) -> tuple[bytes, bytes]:
    return b"date", formatdate(seconds, usegmt=True).encode()


def encoded(pairs: tuple[tuple[str, str], ...]) -> Headers:
    """Headers in the form of ASGI."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
