"""What one fault does: a deed is a small value that may change a call at each step of its way.

A call is read, sequenced, applied, written and sent; a deed has one method for each of these steps,
and every method it does not have leaves that step as it is. All of them are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import Enum, StrEnum
from typing import Any, ClassVar, Protocol, TypeAlias

from emulator.core.clock import Instant, Span
from emulator.core.commands import Command, Reply, Submit
from emulator.core.faults import On, Phase
from emulator.core.ledger import Account
from emulator.core.value import dataclass
from emulator.providers.port import Answer, Call, Kind, Provider, Terms

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

BEFORE = (Phase.BEFORE,)
AFTER = (Phase.AFTER,)
EITHER = (Phase.BEFORE, Phase.AFTER)

ANSWERED = frozenset(Kind) - {Kind.CONNECT}
"""Everything that is answered."""

TOLD = ANSWERED - {Kind.FILE, Kind.STREAM}
"""What is answered in JSON."""


class Family(StrEnum):
    """What kind of thing goes wrong."""

    ANSWER = "answer"
    WIRE = "wire"
    LOST = "lost"
    STREAM = "stream"
    LIFECYCLE = "lifecycle"
    MEDIA = "media"
    MONEY = "money"
    LIMITS = "limits"


class Idle(Exception):
    """The deed finds nothing to do in this call; the message says what it looked for."""


@dataclass(frozen=True, slots=True)
class Write:
    """These bytes go out, at once."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for so long, on the world's clock."""

    span: Span


@dataclass(frozen=True, slots=True)
class Late:
    """On a stream: these bytes go out behind the next event."""

    data: bytes


class End(Enum):
    """How a connection ends: in order, with a FIN, with an RST, or never by itself."""

    FINISH = "finish"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


Step: TypeAlias = Write | Pause | Late | End
Steps: TypeAlias = tuple[Step, ...]
"""What happens on the wire, in order. A script may be made as it goes along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a deed may know of the call: who is asked, by which call, and when.

    `window` is when the window closes of the limit that the call is beyond.
    """

    provider: Provider
    terms: Terms
    call: Call
    now: Instant
    window: Instant | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it would go out: status, headers in the form of ASGI, and body."""

    status: int
    head: Headers
    content: bytes

    def named(self, name: bytes, value: bytes) -> Headers:
        """The headers with this one set."""
        return (*(one for one in self.head if one[0] != name), (name, value))

    def holding(self, content: bytes) -> Response:
        """The same with another body, of the right length."""
        return Response(self.status, self.named(b"content-length", b"%d" % len(content)), content)


class Truth(StrEnum):
    """What the world says of a submit that a fault took."""

    UNTOUCHED = "no job was made and no money moved"
    COMMITTED = "the job is made, its money is held, and it goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sees:
    """What stock clients make of a fault, and the truth behind it.

    A status, or the class of the exception: for Node's fetch the error's name, a slash, and its
    cause's code where it has one. `A or B` where it depends on what the client reads first.
    """

    httpx: str
    requests: str
    node: str
    truth: Truth = Truth.COMMITTED


def status(code: int, truth: Truth = Truth.COMMITTED) -> Sees:
    """Every client sees this status."""
    return Sees(httpx=str(code), requests=str(code), node=str(code), truth=truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A deed with these arguments, befalling such an operation, and what comes of it."""

    kind: Kind
    sees: Sees
    args: Mapping[str, Any] = field(default_factory=dict)
    phase: Phase | None = None
    event: int | None = None


class Deed(Protocol):
    """One thing that may go wrong. Whoever reads its docstring knows what a client sees.

    `kinds` are the operations that it can befall (of `providers`, all if None), `phases` the
    phases it knows, its default first.
    """

    family: ClassVar[Family]
    kinds: ClassVar[frozenset[Kind]]
    phases: ClassVar[tuple[Phase, ...]] = AFTER
    providers: ClassVar[frozenset[str] | None] = None
    examples: ClassVar[tuple[Example, ...]]

    def held(self) -> Span:
        """How long the call is held up, on the world's clock: before it is looked at, or after."""
        return 0

    def first(self, account: Account, provider: str) -> Command | None:
        """A command that comes before the call's own."""
        return None

    def submit(self, submit: Submit, on: On) -> Submit:
        """The submit, as the world is told it."""
        return submit

    def reply(self, reply: Reply) -> Reply:
        """The world's reply, as it is written."""
        return reply

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The answer; None where nobody has made one, because the fault strikes before."""
        return answer

    def response(self, response: Response) -> Response:
        """The answer as it goes out."""
        return response

    def script(self, response: Response | None) -> Iterable[Step] | None:
        """What happens on the wire instead of sending that; None to send it as always."""
        return None

    def opening(self, data: bytes) -> Steps:
        """What a stream begins with."""
        return (Write(data),) if data else ()

    def event(self, data: bytes) -> Steps:
        """An event that the fault is about."""
        return (Write(data),)

    def other(self, data: bytes) -> Steps:
        """All else that a stream sends."""
        return (Write(data),)
