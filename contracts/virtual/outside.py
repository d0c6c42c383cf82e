"""Sockets and names: which of them are the trial's network, and what becomes of the others.

Nothing that a client sends in a trial leaves the machine, or reaches another program on it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from contracts.virtual.network import Network
from contracts.virtual.refused import Pair, Refuse
from contracts.virtual.sockets import Stream

SOCKET = socket.socket
LOCAL = "127.0.0.1"

TALKS = (
    "accept",
    "recv",
    "recv_into",
    "recvfrom",
    "recvfrom_into",
    "recvmsg",
    "recvmsg_into",
    "send",
    "sendall",
    "sendmsg",
    "sendto",
)
"""What is refused of a socket that is not the trial's."""

Net: TypeAlias = Callable[[], Network | None]
"""The network of the trial, if there is one."""


def sockets(net: Net, refuse: Refuse) -> Any:
    """In place of `socket.socket`."""
    outside = _outside(refuse)

    class Meta(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, SOCKET)

        def __call__(cls, *given: Any, **named: Any) -> Any:
            names = ("family", "type", "proto", "fileno")
            told = {**dict(zip(names, given, strict=False)), **named}
            if told.get("fileno") is not None:
                return SOCKET(*given, **named)
            network = net()
            if network is None or not _tcp(**told):
                return outside(*given, **named)
            return Stream(network, refuse)

    return Meta("socket", (SOCKET,), {"__module__": "socket"})


def names(net: Net) -> Iterator[Pair]:
    """The functions that look names up; in a trial a name is its own address, and nobody is
    asked."""

    def getaddrinfo(host: Any, port: Any, *given: Any, **named: Any) -> Any:
        family, kind = socket.AF_INET, socket.SOCK_STREAM
        return [(family, kind, socket.IPPROTO_TCP, "", (_text(host), int(port or 0)))]

    def gethostbyname(host: Any) -> str:
        return _name(host)

    def gethostbyname_ex(host: Any) -> tuple[str, list[str], list[str]]:
        return _name(host), [], [_name(host)]

    def getnameinfo(address: Any, flags: int = 0) -> tuple[str, str]:
        return _name(address[0]), str(address[1])

    for real, ours in (
        (socket.getaddrinfo, getaddrinfo),
        (socket.gethostbyname, gethostbyname),
        (socket.gethostbyname_ex, gethostbyname_ex),
        (socket.gethostbyaddr, gethostbyname_ex),
        (socket.getnameinfo, getnameinfo),
    ):
        yield real, _within(net, real, ours)


def _text(host: Any) -> str:
    return host.decode() if isinstance(host, bytes) else str(host or LOCAL)


def _name(host: Any) -> str:
    name = _text(host)
    return LOCAL if name == "localhost" else name


def _within(net: Net, real: Any, ours: Any) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        return (real if net() is None else ours)(*given, **named)

    return call


def _tcp(family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> bool:
    """Whether a new socket is one for TCP."""
    stream = type == -1 or type & 0xF == socket.SOCK_STREAM
    return stream and family in (-1, socket.AF_INET, socket.AF_INET6)


def _outside(refuse: Refuse) -> Any:
    class Outside(SOCKET):
        """A socket of the machine's. A trial's client may have it, and say nothing through it."""

        def connect(self, address: Any) -> None:
            self._alone()
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            self._alone()
            return super().connect_ex(address)

        def _alone(self) -> None:
            """Datagrams are connected to nobody: people do it to learn their own address."""
            internet = self.family in (socket.AF_INET, socket.AF_INET6)
            if not (internet and self.type == socket.SOCK_DGRAM):
                refuse(_what(self))

    def talk(name: str) -> Any:
        real = getattr(SOCKET, name)

        def call(self: Any, *given: Any, **named: Any) -> Any:
            refuse(_what(self))
            return real(self, *given, **named)

        return call

    for name in TALKS:
        setattr(Outside, name, talk(name))
    return Outside


def _what(one: socket.socket) -> str:
    if _tcp(one.family, one.type):
        return "it uses a connection that is older than the trial"
    family, kind = (getattr(some, "name", some) for some in (one.family, one.type))
    return f"it uses a socket that is not for TCP ({family}, {kind})"
