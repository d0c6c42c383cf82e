"""Runs in namespaces of its own, before the program does: sets up what is to be otherwise there,
and takes the program's place in the end.

It is started by its path, with a Python that knows nothing but its standard library. Its arguments
are a file of JSON, the path of a socket that leads out, or nothing, and the command. The file says
which files lie `over` others, and which TCP and UDP ports (`tcp`, `udp`) of a network that is new
are bound and handed out. Who cannot have that network does not run; without one, it is enough to
say what is missing.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any

MS_BIND, MS_PRIVATE, MS_REC = 0x1000, 0x40000, 0x4000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
PR_CAP_AMBIENT, CLEAR_ALL = 47, 4
NOTHING = "understudy: nothing keeps a program that heeds no proxy from calling the real hosts here"


def main(plan: str, out: str, command: list[str]) -> None:
    """Set all up, and become the program."""
    unheed()
    with open(plan, encoding="utf-8") as file:
        told = json.load(file)
    if out:
        connected(told, out)
    else:
        try:
            cover(told["over"])
        except OSError as error:
            sys.stderr.write(f"{NOTHING} ({said(error)})\n")
            sys.stderr.flush()
    LIBC.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    try:
        become(command)
    except OSError as error:
        sys.stderr.write(f"understudy: {command[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


def unheed() -> None:
    """What Python ignores or handles of its own accord, the program does not."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def connected(told: Mapping[str, Any], path: str) -> None:
    """Make the only network that there is, hand its sockets out, and wait until they are served."""
    with socket.socket(socket.AF_UNIX) as out:
        out.connect(path)
        try:
            raise_loopback()
            plugs = [bound(socket.SOCK_STREAM, port) for port in told["tcp"]]
            plugs += [bound(socket.SOCK_DGRAM, port) for port in told["udp"]]
            cover(told["over"])
        except OSError as error:
            out.send(said(error).encode())
            sys.exit(126)
        socket.send_fds(out, [b"ready"], [one.fileno() for one in plugs])
        if out.recv(1) != b"g":
            sys.exit(126)
    for one in plugs:
        one.close()


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


def cover(over: Mapping[str, str]) -> None:
    """Lay files over others, for nobody else to see."""
    mount("none", "/", MS_REC | MS_PRIVATE)
    for path, file in over.items():
        mount(file, path, MS_BIND)


def mount(source: str, target: str, flags: int) -> None:
    """What mount(2) does; OSError with the target if it cannot."""
    if LIBC.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def said(error: OSError) -> str:
    """An error in words."""
    return f"{error.strerror or error}: {error.filename or 'a socket'}"


def become(command: list[str]) -> None:
    """Take the program's place. A script that names nobody to run it is for a shell."""
    try:
        os.execvp(command[0], command)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        script = shutil.which(command[0]) or command[0]
        os.execv("/bin/sh", ["sh", script, *command[1:]])


if __name__ == "__main__":
    LIBC = ctypes.CDLL(None, use_errno=True)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
