"""What the wire does to an answer: real resets, cuts and stalls on the socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from emulator.core.clock import Span, span
from emulator.core.forms import SPAN, arg, whole
from emulator.faults.deed import (
    ANSWERED,
    EITHER,
    Deed,
    End,
    Example,
    Family,
    Pause,
    Response,
    Sees,
    Step,
    Steps,
    Truth,
    Write,
    status,
)
from emulator.providers.port import Kind

WHOLE = ANSWERED - {Kind.STREAM}
"""What has an answer with an end."""

RESET = Sees(httpx="ReadError", requests="ConnectionError", node="TypeError/ECONNRESET")
CLOSED = Sees(
    httpx="RemoteProtocolError", requests="ConnectionError", node="TypeError/UND_ERR_SOCKET"
)
BEHEADED = Sees(
    httpx="RemoteProtocolError", requests="JSONDecodeError", node="TypeError/UND_ERR_SOCKET"
)
SILENT = Sees(httpx="ReadTimeout", requests="ReadTimeout", node="TimeoutError")

PHRASES = {one.value: one.phrase for one in HTTPStatus}


def untouched(sees: Sees) -> Sees:
    """The same from a call that never had an effect."""
    return Sees(httpx=sees.httpx, requests=sees.requests, node=sees.node, truth=Truth.UNTOUCHED)


def raw(response: Response) -> bytes:
    """The head of a response as it goes over the wire, blank line included."""
    names = b"".join(b"%s: %s\r\n" % pair for pair in response.head)
    phrase = PHRASES.get(response.status, "")
    return b"HTTP/1.1 %d %s\r\n%s\r\n" % (response.status, phrase.encode(), names)


def closing(response: Response) -> bytes:
    """The same of a response after which the connection is closed."""
    head = response.named(b"connection", b"close")
    return raw(Response(response.status, head, response.content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Deed):
    """The connection is reset (RST) before a byte of the answer."""

    family = Family.WIRE
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.SUBMIT, sees=untouched(RESET)),
        Example(kind=Kind.JOB, sees=RESET),
        Example(kind=Kind.FILE, sees=RESET),
        Example(kind=Kind.STREAM, sees=RESET),
    )

    def script(self, response: Response | None) -> Steps:
        """An RST."""
        return (End.RESET,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Deed):
    """The connection is closed in order (FIN) before a byte of the answer."""

    family = Family.WIRE
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.SUBMIT, sees=untouched(CLOSED)),
        Example(kind=Kind.JOB, sees=CLOSED),
        Example(kind=Kind.STREAM, sees=CLOSED),
    )

    def script(self, response: Response | None) -> Steps:
        """A FIN."""
        return (End.CLOSE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Deed):
    """No byte of the answer ever comes; the connection stays open until the client gives up."""

    family = Family.WIRE
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.SUBMIT, sees=untouched(SILENT)),
        Example(kind=Kind.JOB, sees=SILENT),
        Example(kind=Kind.STREAM, sees=SILENT),
    )

    def script(self, response: Response | None) -> Steps:
        """Nothing."""
        return (End.HANG,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutHead(Deed):
    """The connection is closed (FIN) in the middle of the answer's head. Some clients, Python's
    `http.client` among them, take what came for the whole of it, and the body for empty."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (
        Example(kind=Kind.SUBMIT, sees=BEHEADED),
        Example(kind=Kind.JOB, sees=BEHEADED),
        Example(kind=Kind.JOB, args={"size": 10}, sees=CLOSED),
    )

    size: int = arg(whole(1, 40), 30, "How many bytes of the head still come.")

    def script(self, response: Response | None) -> Steps:
        """The first bytes, then a FIN."""
        return (Write(raw(_made(response))[: self.size]), End.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBody(Deed):
    """The connection is closed (FIN) in the body, whose Content-Length promised more."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (
        Example(
            kind=Kind.JOB,
            sees=Sees(
                httpx="RemoteProtocolError",
                requests="ChunkedEncodingError",
                node="TypeError/UND_ERR_SOCKET",
            ),
        ),
        Example(
            kind=Kind.FILE,
            args={"size": 100},
            sees=Sees(
                httpx="RemoteProtocolError",
                requests="ChunkedEncodingError",
                node="TypeError/UND_ERR_SOCKET",
            ),
        ),
    )

    size: int | None = arg(whole(0), None, "How many bytes still come; half if left out.")

    def script(self, response: Response | None) -> Steps:
        """The head, a part of the body, then a FIN."""
        made = _made(response)
        return (Write(raw(made) + _part(made, self.size)), End.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetBody(Deed):
    """The connection is reset (RST) after so many bytes of the body."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (
        Example(
            kind=Kind.JOB,
            # Node takes an RST that it reads together with data for a FIN.
            sees=Sees(
                httpx="ReadError",
                requests="ChunkedEncodingError",
                node="TypeError/ECONNRESET or TypeError/UND_ERR_SOCKET",
            ),
        ),
    )

    size: int | None = arg(whole(0), None, "How many bytes still come; half if left out.")

    def script(self, response: Response | None) -> Steps:
        """The head, a part of the body, then an RST once that has had time to arrive."""
        made = _made(response)
        return (Write(raw(made) + _part(made, self.size)), End.RESET)


@dataclass(frozen=True, slots=True, kw_only=True)
class StallBody(Deed):
    """The answer stops after so many bytes of the body; the connection stays open."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (
        Example(
            kind=Kind.JOB,
            sees=Sees(httpx="ReadTimeout", requests="ConnectionError", node="TimeoutError"),
        ),
    )

    size: int | None = arg(whole(0), None, "How many bytes still come; half if left out.")

    def script(self, response: Response | None) -> Steps:
        """The head, a part of the body, then nothing."""
        made = _made(response)
        return (Write(raw(made) + _part(made, self.size)), End.HANG)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadChunk(Deed):
    """The body comes in chunks, and the size of the second is no number."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (
        Example(
            kind=Kind.JOB,
            sees=Sees(
                httpx="RemoteProtocolError",
                requests="ChunkedEncodingError",
                node="TypeError/HPE_INVALID_CHUNK_SIZE",
            ),
        ),
    )

    def script(self, response: Response | None) -> Steps:
        """One good chunk, one bad size, then a FIN."""
        made = _made(response)
        kept = tuple(one for one in made.head if one[0] != b"content-length")
        head = raw(Response(made.status, (*kept, (b"transfer-encoding", b"chunked")), b""))
        part = _part(made, None) or b" "
        return (Write(head + b"%x\r\n%s\r\nzz\r\n" % (len(part), part)), End.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage(Deed):
    """Bytes come that are no HTTP at all, then a FIN."""

    family = Family.WIRE
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(
            kind=Kind.JOB,
            sees=Sees(
                httpx="RemoteProtocolError",
                requests="ConnectionError",
                node="TypeError/HPE_INVALID_CONSTANT",
            ),
        ),
    )

    def script(self, response: Response | None) -> Steps:
        """Nonsense."""
        return (Write(b"\x15\x03\x01\x00\x02\x02\x50 nonsense\r\n\r\n"), End.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip(Deed):
    """The answer is right, but drips: so many bytes at a time, with pauses on the world's clock."""

    family = Family.WIRE
    kinds = WHOLE
    examples = (Example(kind=Kind.JOB, args={"size": 40, "every": "1s"}, sees=status(200)),)

    size: int = arg(whole(1), 16, "How many bytes at a time.")
    every: Span = arg(SPAN, span("1s"), "The time between two drops.")

    def script(self, response: Response | None) -> Iterator[Step]:
        """Drops and pauses; the connection is closed after the last one, as the head says."""
        made = _made(response)
        data = closing(made) + made.content
        for at in range(0, len(data), self.size):
            yield Write(data[at : at + self.size])
            yield Pause(self.every)
        yield End.CLOSE


def _made(response: Response | None) -> Response:
    assert response is not None, "this deed strikes after the answer is made"
    return response


def _part(response: Response, size: int | None) -> bytes:
    return response.content[: len(response.content) // 2 if size is None else size]
