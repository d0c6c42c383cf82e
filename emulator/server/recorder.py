"""Exchanges as they were on the wire, kept in a ring; large bodies once, by their hash."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple, TypeAlias

from emulator.core.clock import Instant

INLINE_LIMIT = 4096
"""Bytes up to which a body is kept where it is."""

KEPT = 64 * 1024 * 1024
"""Bytes of large bodies that one recorder keeps; the oldest exchanges make room."""

RING = 1000
"""How many exchanges a world remembers if nobody says otherwise."""

Headers: TypeAlias = list[tuple[bytes, bytes]]


class Kept(NamedTuple):
    """A body too large to repeat: its hash and its size."""

    digest: str
    size: int


class Exchange(NamedTuple):
    """One call and its answer. `key` is a fingerprint; what a stream sent is `frames` of its ring.

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


@lru_cache(maxsize=4096)
def fingerprint(key: str) -> str:
    """What stands for a key wherever one is shown: the beginning of its hash."""
    return f"k{sha256(key.encode()).hexdigest()[:12]}"


class Recorder:
    """The last exchanges of a world, or of those that belong to none."""

    def __init__(self, ring: int = RING) -> None:
        self._ring: deque[Exchange] = deque()
        self._size = ring
        self._bodies: dict[str, tuple[bytes, int]] = {}
        self.held = 0
        self.count = 0

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest makes room."""
        self.count += 1
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
