"""What happens to a live event stream: its bytes, its events, and its end.

Where an event is concerned it is the one that the address names (`event: 2`), or every one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from emulator.core.forms import TEXT, arg, listed, number, whole, word
from emulator.faults.deed import (
    Deed,
    End,
    Example,
    Family,
    Late,
    Sees,
    Steps,
    Write,
    status,
)
from emulator.providers.port import Kind

STREAMS = frozenset({Kind.STREAM})
HEARD = (Example(kind=Kind.STREAM, sees=status(200)),)
"""A client that reads until the server stops hears all that it should."""

DATA_LINE = re.compile(rb"(?m)^data: (.*)$")
ID = re.compile(rb'"generation_id":"([^"]*)"')
FOREIGN_ID = b"00000000-0000-4000-8000-000000000000"

TORN = Sees(
    httpx="RemoteProtocolError", requests="ChunkedEncodingError", node="TypeError/UND_ERR_SOCKET"
)


class LineEnd(StrEnum):
    """How lines of a stream may end."""

    CRLF = "crlf"
    CR = "cr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Deed):
    """Every few bytes come in a chunk of their own, whatever they cut through."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    size: int = arg(whole(1, 1024), 1, "How many bytes to a chunk.")

    def opening(self, data: bytes) -> Steps:
        """In slices."""
        return self._cut(data)

    def event(self, data: bytes) -> Steps:
        """In slices."""
        return self._cut(data)

    def other(self, data: bytes) -> Steps:
        """In slices."""
        return self._cut(data)

    def _cut(self, data: bytes) -> Steps:
        return tuple(Write(data[at : at + self.size]) for at in range(0, len(data), self.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEnds(Deed):
    """Lines end with CR LF or a lone CR, as the standard allows, instead of LF."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    to: LineEnd = arg(word(LineEnd), LineEnd.CRLF, "crlf or cr.")

    def opening(self, data: bytes) -> Steps:
        """With those line ends."""
        return self.event(data) if data else ()

    def event(self, data: bytes) -> Steps:
        """With those line ends."""
        return (Write(data.replace(b"\n", b"\r\n" if self.to is LineEnd.CRLF else b"\r")),)

    def other(self, data: bytes) -> Steps:
        """With those line ends."""
        return self.event(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom(Deed):
    """The stream begins with a byte order mark, which the standard tells readers to skip."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def opening(self, data: bytes) -> Steps:
        """The mark first."""
        return (Write(b"\xef\xbb\xbf" + data),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments(Deed):
    """Comments stand before the event and between its lines, where readers must skip them."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """With comments."""
        return (Write(b": before\n\n" + data.replace(b"\ndata:", b"\n: between\ndata:", 1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSpace(Deed):
    """No space follows the colons of the event's fields, which the standard leaves open."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Without spaces."""
        return (Write(re.sub(rb"(?m)^(\w+): ", rb"\1:", data)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLine(Deed):
    """The event's data comes in two `data` lines, which readers join with a line feed."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Cut behind the first comma of the data, where JSON allows white space."""
        return (Write(DATA_LINE.sub(lambda found: _in_two(found[1]), data)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields(Deed):
    """The event has more lines: an id, a retry time, or a field that nobody knows."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    lines: tuple[str, ...] = arg(
        listed(TEXT), ("id: 1", "retry: 1", "x-new: 1"), "The lines, such as `retry: 1`."
    )

    def event(self, data: bytes) -> Steps:
        """With more lines."""
        more = "".join(f"{line}\n" for line in self.lines).encode()
        return (Write(more + data),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(Deed):
    """The event comes twice."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Twice."""
        return (Write(data), Write(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder(Deed):
    """The event comes behind the one that should have followed it."""

    family = Family.STREAM
    kinds = STREAMS
    examples = (Example(kind=Kind.STREAM, event=1, sees=status(200)),)

    def event(self, data: bytes) -> Steps:
        """Later."""
        return (Late(data),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Deed):
    """The event never comes; only a poll can tell."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign(Deed):
    """Before the event comes the same for a job that nobody here knows."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Another's, then the own."""
        own = ID.search(data)
        return (Write(data.replace(own[1], FOREIGN_ID) if own else data), Write(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Deed):
    """Before the event comes one of a name that no document mentions."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    name: str = arg(TEXT, "media_generation_progress", "The event's name.")

    def event(self, data: bytes) -> Steps:
        """The stranger, then the event."""
        stranger = f'event: {self.name}\ndata: {{"progress":0.5}}\n\n'.encode()
        return (Write(stranger), Write(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEvent(Deed):
    """The event's data is no JSON: it stops in the middle, and the event ends as it should."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def event(self, data: bytes) -> Steps:
        """Half of its data."""
        return (Write(DATA_LINE.sub(lambda found: b"data: " + _half(found[1]), data)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Deed):
    """The connection breaks (FIN) inside the event, which is lost; it is never told again."""

    family = Family.STREAM
    kinds = STREAMS
    examples = (Example(kind=Kind.STREAM, sees=TORN),)

    at: float = arg(number(0, 1), 0.5, "Which share of the event's bytes still comes.")

    def event(self, data: bytes) -> Steps:
        """The first part, then a FIN."""
        return (Write(data[: int(len(data) * self.at)]), End.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetStream(Deed):
    """The connection is reset (RST) where the event should have come."""

    family = Family.STREAM
    kinds = STREAMS
    examples = (
        Example(
            kind=Kind.STREAM,
            # Node takes an RST that it reads together with data for a FIN.
            sees=Sees(
                httpx="ReadError",
                requests="ChunkedEncodingError",
                node="TypeError/ECONNRESET or TypeError/UND_ERR_SOCKET",
            ),
        ),
    )

    def event(self, data: bytes) -> Steps:
        """An RST."""
        return (End.RESET,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Deed):
    """From the event on nothing comes any more, not even keep-alives; the connection stays open."""

    family = Family.STREAM
    kinds = STREAMS
    examples = (
        Example(
            kind=Kind.STREAM,
            sees=Sees(httpx="ReadTimeout", requests="ConnectionError", node="TimeoutError"),
        ),
    )

    def event(self, data: bytes) -> Steps:
        """Nothing any more."""
        return (End.HANG,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet(Deed):
    """No keep-alives come; events do."""

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    def opening(self, data: bytes) -> Steps:
        """Nothing."""
        return ()

    def other(self, data: bytes) -> Steps:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Deed):
    """The stream ends in order, without the event, or right behind it.

    With every connection struck and one event told on each, reconnecting never ends.
    """

    family = Family.STREAM
    kinds = STREAMS
    examples = HEARD

    told: int = arg(whole(0, 1), 0, "1 to tell the event first.")

    def event(self, data: bytes) -> Steps:
        """The end of the body."""
        return (Write(data), End.FINISH) if self.told else (End.FINISH,)


def _in_two(data: bytes) -> bytes:
    head, comma, rest = data.partition(b",")
    return b"data: " + head + comma + (b"\ndata: " + rest if comma else b"")


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]
