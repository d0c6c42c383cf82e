"""What befalls a connection before a request is read: it is reset, closed, or never made."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.faults.deed import (
    BEFORE,
    Deed,
    End,
    Example,
    Family,
    Response,
    Sees,
    Steps,
    Truth,
)
from emulator.providers.port import Kind

REFUSED = Sees(
    httpx="ConnectError",
    requests="ConnectionError",
    node="TypeError/ECONNREFUSED",
    truth=Truth.UNTOUCHED,
)
# What a client has done by the time when a FIN or an RST reaches it is not the server's to say.
RESET_AT_ONCE = Sees(
    httpx="ConnectError or ReadError or RemoteProtocolError",
    requests="ConnectionError",
    node="TypeError/ECONNRESET",
    truth=Truth.UNTOUCHED,
)
CLOSED_AT_ONCE = Sees(
    httpx="RemoteProtocolError or ReadError",
    requests="ConnectionError",
    node="TypeError/UND_ERR_SOCKET or TypeError/ECONNRESET",
    truth=Truth.UNTOUCHED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetConnection(Deed):
    """The connection is reset (RST) as soon as it is made, before a request is read."""

    family = Family.WIRE
    kinds = frozenset({Kind.CONNECT})
    phases = BEFORE
    examples = (Example(kind=Kind.CONNECT, sees=RESET_AT_ONCE),)

    def script(self, response: Response | None) -> Steps:
        """An RST."""
        return (End.RESET,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConnection(Deed):
    """The connection is closed (FIN) as soon as it is made, before a request is read."""

    family = Family.WIRE
    kinds = frozenset({Kind.CONNECT})
    phases = BEFORE
    examples = (Example(kind=Kind.CONNECT, sees=CLOSED_AT_ONCE),)

    def script(self, response: Response | None) -> Steps:
        """A FIN."""
        return (End.CLOSE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseConnections(Deed):
    """Nothing listens: new connections are refused, those that are open stay.

    It lasts while its span does (`between`, `until`), or until it is disarmed; nobody can count
    connections that were refused.
    """

    family = Family.WIRE
    kinds = frozenset({Kind.CONNECT})
    phases = BEFORE
    examples = (Example(kind=Kind.CONNECT, sees=REFUSED),)

    def script(self, response: Response | None) -> Steps:
        """A connection that was under way already is reset."""
        return (End.RESET,)
