"""Exchanges as they were on the wire, kept in a ring; large bodies once, by their hash."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from emulator.core.clock import Instant
from emulator.server.wire import Scope

INLINE_LIMIT = 4096
"""Bytes up to which a body is kept where it is."""

SECRETS = (b"auth", b"key", b"token", b"secret", b"cookie")
"""What the name of a header contains that is never recorded."""

SHORTEST_SECRET = 8
"""Characters from which on a key is looked for in everything that is recorded."""

KEPT = 16 * 1024 * 1024
"""Bytes of large bodies that one recorder keeps; the oldest exchanges make room."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a body from which on only its hash is kept, so that it pushes nothing out."""

RING = 1000
"""How many exchanges a world remembers if nobody says otherwise."""

UNANSWERED = 499
"""The status that is recorded of a call that got no status."""

Headers: TypeAlias = list[tuple[bytes, bytes]]


class Kept(NamedTuple):
    """A body too large to repeat: its hash and its size."""

    digest: str
    size: int


class Exchange(NamedTuple):
    """One call and its answer. `key` is a fingerprint; what a stream sent is `frames` of its ring.

    `fault` took the call, `family` is what kind of thing it does, and `state` is where the job
    stood that the call was about; each is empty if there is none.

    `began` and `ended` are instants of the world's clock. Headers are as they came, except that
    the bearer's key is not among them.
    """

    number: int
    began: Instant
    ended: Instant
    provider: str
    operation: str
    key: str
    method: str
    target: str
    request_headers: Headers
    request_body: bytes | Kept
    status: int
    response_headers: Headers
    response_body: bytes | Kept
    frames: tuple[int, int] | None = None
    fault: str = ""
    family: str = ""
    state: str = ""


@lru_cache(maxsize=4096)
def fingerprint(key: str) -> str:
    """What stands for a key wherever one is shown: the beginning of its hash."""
    return f"k{sha256(key.encode()).hexdigest()[:12]}"


@lru_cache(maxsize=1024)
def secret(header: bytes) -> bool:
    """Whether a header is one that is never recorded."""
    return header != b"idempotency-key" and any(word in header for word in SECRETS)


def redacted(data: bytes, key: str | None) -> bytes:
    """The data with the fingerprint wherever the caller's key stood.

    A key of a few letters is left: it is no secret, and would be found in the midst of words.
    """
    if key is None or len(key) < SHORTEST_SECRET or key.encode() not in data:
        return data
    return data.replace(key.encode(), fingerprint(key).encode())


class Heard(NamedTuple):
    """A call as far as it was heard: who called what, and when. `began` is None if it was refused
    before that mattered."""

    scope: Scope
    provider: str = ""
    operation: str = ""
    key: str | None = None
    began: Instant | None = None
    body: bytes = b""
    fault: str = ""
    family: str = ""
    state: str = ""


class Said(NamedTuple):
    """What was answered, and when."""

    ended: Instant
    status: int
    headers: Headers
    body: bytes | Kept
    frames: tuple[int, int] | None = None


class Recorder:
    """The last exchanges of a world, or of those that belong to none.

    `coverage` counts every exchange there ever was by provider, operation, family and state.
    """

    def __init__(self, ring: int = RING) -> None:
        self._ring: deque[Exchange] = deque()
        self._size = ring
        self._bodies: dict[str, tuple[bytes, int]] = {}
        self.held = 0
        self.count = 0
        self.coverage: dict[tuple[str, str, str, str], int] = {}

    def note(self, heard: Heard, said: Said) -> str:
        """Keep what was heard and said, with no key in it; the target, as it may be shown."""
        scope, key = heard.scope, heard.key
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target = f"{target}?{scope['query_string'].decode('latin-1')}"
        if key is not None and (key in target or "%" in target):
            for written in (key, quote(key), quote(key, safe="")):
                target = target.replace(written, fingerprint(key))
        body = said.body if isinstance(said.body, Kept) else redacted(said.body, key)
        self.record(
            Exchange(
                self.count + 1,
                said.ended if heard.began is None else heard.began,
                said.ended,
                heard.provider,
                heard.operation,
                fingerprint(key) if key else "",
                scope["method"],
                target,
                [
                    (name, redacted(value, key))
                    for name, value in scope["headers"]
                    if not secret(name)
                ],
                redacted(heard.body, key),
                said.status,
                [(name, redacted(value, key)) for name, value in said.headers]
                if heard.fault
                else said.headers,
                body,
                said.frames,
                heard.fault,
                heard.family,
                heard.state,
            )
        )
        return str(target)

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest makes room."""
        self.count += 1
        met = (exchange.provider, exchange.operation, exchange.family, exchange.state)
        self.coverage[met] = self.coverage.get(met, 0) + 1
        request, response = exchange.request_body, exchange.response_body
        if len(request) > INLINE_LIMIT and isinstance(request, bytes):
            exchange = exchange._replace(request_body=self._keep(request))
        if len(response) > INLINE_LIMIT and isinstance(response, bytes):
            exchange = exchange._replace(response_body=self._keep(response))
        self._ring.append(exchange)
        while len(self._ring) > self._size or (self.held > KEPT and len(self._ring) > 1):
            self._forget(self._ring.popleft())

    def body(self, body: bytes | Kept) -> bytes | None:
        """The bytes of a body; None for one that was not kept."""
        if isinstance(body, bytes):
            return body
        kept = self._bodies.get(body.digest)
        return kept[0] if kept else None

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._ring))

    def __len__(self) -> int:
        return len(self._ring)

    def _keep(self, body: bytes) -> Kept:
        digest = blake2b(body, digest_size=16).hexdigest()
        if len(body) > LARGEST:
            return Kept(digest, len(body))
        _, uses = self._bodies.get(digest, (body, 0))
        self.held += 0 if uses else len(body)
        self._bodies[digest] = (body, uses + 1)
        return Kept(digest, len(body))

    def _forget(self, exchange: Exchange) -> None:
        for body in (exchange.request_body, exchange.response_body):
            if isinstance(body, Kept) and body.digest in self._bodies:
                data, uses = self._bodies.pop(body.digest)
                if uses > 1:
                    self._bodies[body.digest] = (data, uses - 1)
                else:
                    self.held -= len(data)
