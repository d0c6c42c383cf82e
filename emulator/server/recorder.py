"""Exchanges as they were on the wire, kept in a ring; large bodies once, by their hash."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple, TypeAlias, TypeVar
from urllib.parse import quote

from emulator.core.clock import Instant
from emulator.core.scenario import Scenario

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

FINGERPRINT = re.compile(r"k[0-9a-f]{12}")

UNANSWERED = 499
"""The status that is recorded of a call that got no status."""

Headers: TypeAlias = list[tuple[bytes, bytes]]


class Kept(NamedTuple):
    """A body too large to repeat: its hash and its size."""

    digest: str
    size: int


Body = TypeVar("Body", bytes, bytes | Kept)


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


def masked(key: str) -> str:
    """The key's fingerprint; what is one already stays as it is."""
    return key if FINGERPRINT.fullmatch(key) else fingerprint(key)


def keyless(scenario: Scenario) -> Scenario:
    """The scenario with its keys as fingerprints: they are understood as well."""
    keys = {masked(key): rule for key, rule in scenario.keys.items()}
    return replace(scenario, keys=keys)


@lru_cache(maxsize=1024)
def secret(header: bytes) -> bool:
    """Whether a header is one that is never recorded."""
    return header != b"idempotency-key" and any(word in header for word in SECRETS)


def redacted(data: Body, key: str | None) -> Body:
    """The data with the fingerprint wherever the caller's key stood.

    A key of a few letters is left: it is no secret, and would be found in the midst of words.
    """
    if key is None or isinstance(data, Kept) or len(key) < SHORTEST_SECRET:
        return data
    if key.encode() not in data:
        return data
    return data.replace(key.encode(), fingerprint(key).encode())


class Noted(NamedTuple):
    """An exchange as it is noted: what a call was answered, without a look at it. `began` is None
    if it was refused before that mattered."""

    method: str
    path: bytes
    query: bytes
    request_headers: Headers
    ended: Instant
    status: int
    response_headers: Sequence[tuple[bytes, bytes]]
    response_body: bytes | Kept
    provider: str = ""
    operation: str = ""
    key: str | None = None
    began: Instant | None = None
    request_body: bytes | Kept = b""
    frames: tuple[int, int] | None = None
    fault: str = ""
    family: str = ""
    state: str = ""

    @property
    def target(self) -> str:
        """What was called, as it may be shown: without the key."""
        target, key = self.path.decode("latin-1"), self.key
        if self.query:
            target = f"{target}?{self.query.decode('latin-1')}"
        if key is not None and (key in target or "%" in target):
            for written in (key, quote(key), quote(key, safe="")):
                target = target.replace(written, fingerprint(key))
        return target

    def shown(self, number: int) -> Exchange:
        """The exchange, with no key in it."""
        key = self.key
        return Exchange(
            number,
            self.ended if self.began is None else self.began,
            self.ended,
            self.provider,
            self.operation,
            fingerprint(key) if key else "",
            self.method,
            self.target,
            [
                (name, redacted(value, key))
                for name, value in self.request_headers
                if not secret(name)
            ],
            redacted(self.request_body, key),
            self.status,
            [
                (name, redacted(value, key) if self.fault else value)
                for name, value in self.response_headers
            ],
            redacted(self.response_body, key),
            self.frames,
            self.fault,
            self.family,
            self.state,
        )


class Recorder:
    """The last exchanges of a world, or of those that belong to none.

    Most are never looked at, so an exchange is noted as it is, and its key is taken out when it is
    shown. `coverage` counts every exchange there ever was by provider, operation, family and state,
    `calls` those of every recorder that it was handed to, by provider, operation and status.
    """

    def __init__(
        self, ring: int = RING, calls: dict[tuple[str, str, int], int] | None = None
    ) -> None:
        self._ring: deque[Noted] = deque()
        self._size = ring
        self._bodies: dict[str, tuple[bytes, int]] = {}
        self.held = 0
        self.count = 0
        self.coverage: dict[tuple[str, str, str, str], int] = {}
        self.calls = {} if calls is None else calls

    def note(self, noted: Noted) -> None:
        """Keep an exchange; the oldest makes room."""
        self.count += 1
        met = (noted.provider, noted.operation, noted.family, noted.state)
        self.coverage[met] = self.coverage.get(met, 0) + 1
        ended = (noted.provider, noted.operation, noted.status)
        self.calls[ended] = self.calls.get(ended, 0) + 1
        request, response = noted.request_body, noted.response_body
        if len(request) > INLINE_LIMIT and isinstance(request, bytes):
            noted = noted._replace(request_body=self._keep(redacted(request, noted.key)))
        if len(response) > INLINE_LIMIT and isinstance(response, bytes):
            noted = noted._replace(response_body=self._keep(redacted(response, noted.key)))
        self._ring.append(noted)
        while len(self._ring) > self._size or (self.held > KEPT and len(self._ring) > 1):
            old = self._ring.popleft()
            if self._bodies:
                self._forget(old)

    def body(self, body: bytes | Kept) -> bytes | None:
        """The bytes of a body; None for one that was not kept."""
        if isinstance(body, bytes):
            return body
        kept = self._bodies.get(body.digest)
        return kept[0] if kept else None

    def __iter__(self) -> Iterator[Exchange]:
        first = self.count - len(self._ring) + 1
        return (one.shown(number) for number, one in enumerate(tuple(self._ring), first))

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

    def _forget(self, noted: Noted) -> None:
        for body in (noted.request_body, noted.response_body):
            if isinstance(body, Kept) and body.digest in self._bodies:
                data, uses = self._bodies.pop(body.digest)
                if uses > 1:
                    self._bodies[body.digest] = (data, uses - 1)
                else:
                    self.held -= len(data)
