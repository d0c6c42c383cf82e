"""Servers of a comparison: each a process of its own, pinned to one processor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

KEY = "bench"
PATIENCE = 60.0
"""Seconds that a server has for its first answer."""


TOLD = threading.Event()


class NotStarted(Exception):
    """A server that ended, or did not answer, and what it said about it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    first: float
    """Seconds from its start to its first answer of 200."""

    def resident(self) -> float:
        """MiB that it holds now, its children with it; none once it is gone."""
        with suppress(OSError):
            return sum(map(held, family(self.process.pid))) / 1024
        return 0.0

    @contextmanager
    def awake(self) -> Iterator[None]:
        """It runs meanwhile, and then no more: what it does when idle would cost the others."""
        self.process.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End it, gently if it lets us."""
        self.process.terminate()
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def heed() -> None:
    """Let SIGTERM end this process as Ctrl-C does, with every server that it started."""

    def end(*_: object) -> None:
        TOLD.set()
        raise SystemExit("ended")

    signal.signal(signal.SIGTERM, end)


def go_on() -> None:
    """End, if told to where nobody listened: a callback of the loop swallows what it raises."""
    if TOLD.is_set():
        raise SystemExit("ended")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: Sequence[str], ready: str = "/", folder: Path | None = None) -> Server:
    """Run a command until it answers `ready` with 200. Its port is `{port}`, or PORT, to it."""
    port = free_port()
    words = [word.format(port=port, spare=free_port()) for word in command]
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env={**os.environ, "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
            )
        except OSError as problem:
            raise NotStarted(str(problem)) from problem
        server = Server(process, port, 0.0)
        try:
            while process.poll() is None and time.perf_counter() - began < PATIENCE:
                if answers(port, ready):
                    return Server(process, port, time.perf_counter() - began)
                time.sleep(0.002)
        except BaseException:
            server.stop()
            raise
        server.stop()
        raise NotStarted(last_words(said) or f"no answer in {PATIENCE:g} s")


def answers(port: int, path: str) -> bool:
    """Whether the server answers this with 200."""
    wire = HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, HTTPException):
        wire.request("GET", path, headers={"Authorization": f"Bearer {KEY}"})
        status = wire.getresponse().status
        wire.close()
        return status == 200
    return False


def last_words(said: IO[bytes]) -> str:
    """What a process wrote about its error, or the last line of all."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return next((line.strip() for line in lines if "Error:" in line), "".join(lines[-1:]))


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def held(pid: int) -> int:
    """KiB of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
