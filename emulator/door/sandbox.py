"""A network of its own for one program, in which the providers' hosts are here, and nothing else
is."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PKCS12Certificate,
    serialize_java_truststore,
)
from cryptography.x509 import load_pem_x509_certificate

from emulator.door.apart import Apart, NoNamespaces
from emulator.door.authority import BUNDLES, Authority
from emulator.door.door import PLAIN, Door
from emulator.door.hosts import hosts
from emulator.door.names import Names

TCP, UDP = (443, 80), (53,)
"""The ports on which there is somebody, inside."""

LONGEST = 107
"""Bytes that the path of a socket may have."""

JAVA = (Path("/etc/ssl/certs/java/cacerts"), Path("/etc/pki/java/cacerts"))
"""Where systems keep what Java trusts."""


class NoSandbox(RuntimeError):
    """There can be no sandbox here; the message says what is missing and what to do."""


class Inside:
    """What a sandbox's own network is served from: a socket of the file system, on which the
    sandbox hands out those that it has bound.

    `why` says what went wrong in there, if anything did, and `entered` whether a program was let
    in.
    """

    def __init__(self, path: Path, door: Door) -> None:
        self.path = path
        self.entered = False
        self.why = ""
        self._door = door
        self._open: list[asyncio.Server | asyncio.BaseTransport] = []
        self._task: asyncio.Task[None] | None = None
        self._plug = socket.socket(socket.AF_UNIX)
        self._plug.setblocking(False)
        try:
            self._plug.bind(str(path))
        except OSError as error:
            self._plug.close()
            if len(os.fsencode(path)) > LONGEST:
                raise NoSandbox(f"TMPDIR is too long for a socket: {path.parent}") from None
            why = f"no socket can be made at {path}: {error.strerror or error}"
            raise NoSandbox(cannot(why, "set TMPDIR to another folder")) from None
        self._plug.listen(1)

    def begin(self) -> None:
        """Wait for the program, and let it in once everything is served."""
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def close(self) -> None:
        """Serve it no more."""
        if self._task is not None:
            self._task.cancel()
        for one in self._open:
            one.close()
        self._plug.close()
        self.path.unlink(missing_ok=True)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        out, _ = await loop.sock_accept(self._plug)
        with out:
            out.setblocking(True)
            said, plugs, _, _ = await loop.run_in_executor(
                None, socket.recv_fds, out, 4096, len(TCP) + len(UDP)
            )
            if said != b"ready":
                self.why = said.decode(errors="replace")
                return
            *tcp, names = (socket.socket(fileno=one) for one in plugs)
            for port, plug in zip(TCP, tcp, strict=True):
                way = partial(self._door.straight, secure=port != PLAIN)
                self._open.append(await loop.create_server(way, sock=plug))
            asked, _ = await loop.create_datagram_endpoint(
                lambda: Names(self._door.knows, self._door.refuse), sock=names
            )
            self._open.append(asked)
            self.entered = True
            out.send(b"g")


class Sandbox:
    """What every sandbox of one authority has in common: the files that lie over the system's, in a
    folder. Raises NoSandbox where there can be none."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        over = dict(_over(folder, authority))
        try:
            self._apart = Apart(folder / "sandbox.json", over=over, ports={"tcp": TCP, "udp": UDP})
        except NoNamespaces as error:
            raise NoSandbox(cannot(str(error), error.cure)) from None

    def wrapped(self, command: Sequence[str], out: Path) -> list[str]:
        """The command that runs another inside, once whoever serves it at that path is ready."""
        return [*self._apart.before(out), *command]


def cannot(why: str, cure: str) -> str:
    """What somebody is told who cannot have a sandbox."""
    return f"a sandbox cannot be had here: {why}; {cure}"


def _over(folder: Path, authority: Authority) -> Iterator[tuple[Path, Path]]:
    """The files that lie over the system's own."""
    written = {
        "hosts": f"127.0.0.1 localhost {' '.join(hosts())}\n::1 localhost\n",
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }
    for name, text in written.items():
        (folder / name).write_text(text)
        if Path("/etc", name).exists():
            yield Path("/etc", name), folder / name
    for path in BUNDLES:
        if path.is_file():
            yield path, folder / "bundle.pem"
    store = folder / "cacerts"
    certificate = PKCS12Certificate(load_pem_x509_certificate(authority.pem), b"understudy")
    store.write_bytes(serialize_java_truststore([certificate], NoEncryption()))
    for path in {one.resolve() for one in (*JAVA, *_of_java()) if one.is_file()}:
        yield path, store


def _of_java() -> list[Path]:
    """What the Java on the path trusts, if it does not share that with the system."""
    tool = shutil.which("java")
    return [] if tool is None else [Path(tool).resolve().parents[1] / "lib/security/cacerts"]
