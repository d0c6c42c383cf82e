"""What a provider is to the rest of the house: a table of routes, pure readers and pure writers.

`read` turns a call into a command or a query, `write` turns a reply into an answer. Neither sees
a socket, a clock, the world itself or another provider.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, TypeAlias

from emulator.core.assumptions import Assumption
from emulator.core.clock import Instant, Span
from emulator.core.commands import Command, Jobs, Moved, Query, Reply
from emulator.core.jobs import Job
from emulator.core.refusals import Refused
from emulator.core.scenario import Scenario
from emulator.core.value import dataclass
from emulator.providers.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as a provider sees it. Header names are lower case; `key` is the bearer's."""

    method: str
    path: str
    at: Instant = 0
    origin: str = ""
    key: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a provider may know of the world it answers for.

    `assume` holds the choice for each of the provider's assumptions, by the name after the dot;
    `secret` signs links; `allowed` are the models this key may use (None: all); `see` turns a
    world's instant into the one that dates on the wire show.
    """

    world: str
    secret: bytes
    scenario: Scenario
    assume: Mapping[str, str]
    models: Mapping[str, Model]
    allowed: frozenset[str] | None
    see: Callable[[Instant], Instant]


@dataclass(frozen=True, slots=True)
class File:
    """The `output`th result of a job, as the body of an answer."""

    job: Job
    output: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: JSON data, or a result file; and headers besides the usual ones."""

    status: int
    body: Any
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Inline:
    """In an answer's body: the place of a result that travels inside it, in base64.

    `prefix` stands before the text, such as a data URL's head. The server fills it in.
    """

    file: File
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Before the answer to a submit: wait until the job is over, or until an instant.

    With `every`, the job is looked at only so often, counted from its submission, and at the end.
    """

    job: Job
    until: Instant | None = None
    every: Span | None = None

    def answers(self, ended: Instant) -> Instant:
        """When the call is answered whose job came to its end at `ended`."""
        at = ended
        if self.every:
            looks = -(-(ended - self.job.submitted) // self.every)
            at = self.job.submitted + max(looks, 1) * self.every
        return at if self.until is None else min(at, self.until)


class Kind(StrEnum):
    """What an operation is for, as far as it matters to what may go wrong there."""

    SUBMIT = "submit"
    JOB = "job"
    CANCEL = "cancel"
    LIST = "list"
    TABLE = "table"
    FILE = "file"
    STREAM = "stream"
    CONNECT = "connect"


Read: TypeAlias = Callable[[Call, Terms], Command | Query]
Write: TypeAlias = Callable[[Reply, Call, Terms], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: what it is for, where it is called, how it is read and its reply written.

    `{name}` in a path matches one segment, `{name:rest}` all that is left. `open` says whether the
    call is answered without a key. `linked` finds the world's name in a signed link instead.
    """

    operation: str
    kind: Kind
    method: str
    path: str
    read: Read
    write: Write
    wait: Callable[[Jobs, Call, Terms], Wait | None] | None = None
    open: Callable[[Mapping[str, str]], bool] | None = None
    linked: Callable[[Call], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An operation that answers with an endless stream of events.

    `opening` is what a new subscriber gets at once, `idle` the comment that is sent after
    `every` microseconds without anything else.
    """

    operation: str
    method: str
    path: str
    tell: Callable[[Moved, str, Terms], bytes | None]
    opening: Callable[[Mapping[str, str]], bytes]
    idle: bytes
    every: int
    read: Read
    kind: Kind = Kind.STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One emulated API.

    `prefixes` are the paths that are its own whatever the host is. `guard` may refuse a call of
    an operation before it is read. `sample` is a call to show a newcomer: method, path and JSON
    body.
    """

    name: str
    title: str
    hosts: tuple[str, ...]
    prefixes: tuple[str, ...]
    routes: tuple[Route | Stream, ...]
    assumptions: tuple[Assumption, ...]
    models: Callable[[Mapping[str, str]], Mapping[str, Model]]
    refuse: Callable[[Refused, Mapping[str, str]], Answer]
    guard: Callable[[Call, str, Terms], None]
    sample: tuple[str, str, Mapping[str, Any]]
