"""What a client asks a proxy for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from emulator.door.lobby import Lobby

HEAD = 64 * 1024
"""Bytes that the head of a request may have."""


class Unclear(ValueError):
    """What was sent is no request; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The first request of a connection: for a `tunnel` to a host and a port, or a call there, or
    here, without a host. `read` are all the bytes that came so far, behind the head of a tunnel's.
    """

    tunnel: bool
    host: str
    port: int
    read: bytes

    @property
    def place(self) -> str:
        """The host and the port, as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


async def asked(lobby: Lobby) -> Asked | None:
    """The request that comes first; None if there is none. Raises Unclear."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD)
    read = b""
    while True:
        data = await lobby.more()
        read += data
        try:
            http.receive_data(data)
            event = http.next_event()
        except h11.RemoteProtocolError as error:
            raise Unclear(str(error)) from None
        if isinstance(event, h11.Request):
            break
        if event is not h11.NEED_DATA or not data:
            return None
    target = event.target.decode("latin-1")
    if event.method == b"CONNECT":
        host, port = _split(f"//{target}", 443)
        return Asked(tunnel=True, host=host, port=port, read=http.trailing_data[0])
    host, port = _split(target, 80)
    return Asked(tunnel=False, host=host, port=port, read=read)


def _split(target: str, usual: int) -> tuple[str, int]:
    """The host and the port of a target; no host for a path alone."""
    try:
        found = urlsplit(target)
        return plain(found.hostname or ""), found.port or usual
    except ValueError as error:
        raise Unclear(f"{target!r} names no host: {error}") from None


def plain(host: str) -> str:
    """A host's name as it is compared: in lower case, without the root's dot."""
    return host.lower().rstrip(".")


def path(target: bytes) -> bytes:
    """The part of an absolute target that the host itself is asked for."""
    found = urlsplit(target)
    return (found.path or b"/") + (b"?" + found.query if found.query else b"")
