"""Runs inside a sandbox, before the program does: makes the only network that there is, and takes
the program's place in the end.

It is started by its path, with a Python that knows nothing but its standard library, and is told
everything in one JSON argument: the path of the socket that leads out (`out`), the TCP and UDP
ports that it binds (`tcp`, `udp`), the files that lie over others (`over`), and the command.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any

MS_BIND, MS_PRIVATE, MS_REC = 0x1000, 0x40000, 0x4000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
PR_CAP_AMBIENT, CLEAR_ALL = 47, 4


def main(told: Mapping[str, Any]) -> None:
    """Set all up, hand the sockets out, wait until somebody serves them, and become the program."""
    out = socket.socket(socket.AF_UNIX)
    out.connect(told["out"])
    try:
        raise_loopback()
        plugs = [bound(socket.SOCK_STREAM, port) for port in told["tcp"]]
        plugs += [bound(socket.SOCK_DGRAM, port) for port in told["udp"]]
        mount("none", "/", MS_REC | MS_PRIVATE)
        for path, file in told["over"].items():
            mount(file, path, MS_BIND)
    except OSError as error:
        out.send(f"{error.strerror or error}: {error.filename or 'a socket'}".encode())
        sys.exit(126)
    socket.send_fds(out, [b"ready"], [one.fileno() for one in plugs])
    if out.recv(1) != b"g":
        sys.exit(126)
    for one in (*plugs, out):
        one.close()
    LIBC.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    try:
        os.execvp(told["command"][0], told["command"])
    except OSError as error:
        sys.stderr.write(f"understudy: {told['command'][0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


def raise_loopback() -> None:
    """The loopback interface of a new network is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(plug, SIOCGIFFLAGS, asked), 16)
        fcntl.ioctl(plug, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def bound(kind: int, port: int) -> socket.socket:
    """A socket on that port of the loopback address."""
    plug = socket.socket(socket.AF_INET, kind)
    plug.bind(("127.0.0.1", port))
    return plug


def mount(source: str, target: str, flags: int) -> None:
    """What mount(2) does; OSError with the target if it cannot."""
    if LIBC.mount(source.encode(), target.encode(), None, flags, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


if __name__ == "__main__":
    LIBC = ctypes.CDLL(None, use_errno=True)
    main(json.loads(sys.argv[1]))
