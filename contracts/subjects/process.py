"""A child process that is bounded in time, memory and output, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from contracts.subjects.pipes import Hear, Pipes
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trouble

FLOOD = 1024 * 1024
"""Bytes that a program may write to its output, and as many to its errors."""

MEMORY = 1024 * 1024 * 1024
"""Bytes that a program and all its descendants may hold in memory."""

DYING = 5.0
"""Seconds in which what was killed is gone, and its pipes have ended."""

KEEPER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a process: what it wrote, whether it has ended and with which exit code
    (negative for a signal, None if nobody knows), what was wrong with it, and whether it took what
    it was sent."""

    out: bytes
    err: bytes
    ended: bool
    code: int | None
    trouble: Trouble | None
    took: bool


class Process:
    """One program under its keeper. A single thread talks to it; any thread may kill it.

    Raises OSError or ValueError if the system cannot pass the command on.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, memory: int = MEMORY
    ) -> None:
        self._lock = threading.Lock()
        self._memory = memory
        self._pid: int | None = None
        self._code: int | None = None
        self._error = 0
        self._trouble: Trouble | None = None
        self._out, self._err, self._said = bytearray(), bytearray(), bytearray()
        self._keeper, self._lifeline, self._report = _launch(command, environment, memory)
        _in, out, err = self._keeper.stdin, self._keeper.stdout, self._keeper.stderr
        assert _in is not None
        assert out is not None
        assert err is not None
        self._pipes = Pipes(_in)
        self._pipes.read(out.fileno(), self._hear(self._out, "output"))
        self._pipes.read(err.fileno(), self._hear(self._err, "errors"))
        self._pipes.read(self._report, self._note)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, line: bytes, seconds: float) -> Heard:
        """Send a line, the only one, and listen until it ends; it is killed after `seconds`.

        Raises BadSubject if there is no such program.
        """
        self._pipes.send(line, last=True)
        if not self._pipes.listen(seconds, lambda: self._ended):
            self._stop(Ill.STUCK, f"it had not ended after {seconds:g} s")
        return self._heard(b"", line)

    def ask(self, line: bytes, seconds: float) -> Heard:
        """Send a line, and listen for the line that it answers, or until it ends.

        It is killed after `seconds`. Raises BadSubject if there is no such program.
        """
        self._out.clear()
        self._err.clear()
        self._pipes.send(line, last=False)
        if not self._pipes.listen(seconds, lambda: self._ended or self._answer() is not None):
            self._stop(Ill.STUCK, f"it had not answered after {seconds:g} s")
        answer = self._answer() or b""
        heard = self._heard(answer, line)
        del self._out[: len(answer)]
        return heard

    def waits(self) -> bool:
        """Whether it waits for a line, having said nothing since its last answer."""
        self._pipes.catch_up()
        return not (self._ended or self._trouble or self._out.strip() or self._pipes.unread)

    def kill(self) -> None:
        """Kill its whole group at once, and its other descendants right after."""
        with self._lock:
            if self._lifeline >= 0:
                self._kill_group()
                with suppress(BrokenPipeError):
                    os.write(self._lifeline, b"k")

    def close(self) -> None:
        """Kill what is left of it, and return when it is gone."""
        self.kill()
        with self._lock:
            lifeline, self._lifeline = self._lifeline, -1
        if lifeline < 0:
            return
        os.close(lifeline)
        try:
            self._keeper.wait(DYING)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self._pipes.close()
        os.close(self._report)
        for pipe in (self._keeper.stdin, self._keeper.stdout, self._keeper.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def _ended(self) -> bool:
        """Whether it is known to be over, or its keeper is."""
        return self._code is not None or self._report not in self._pipes.open

    def _answer(self) -> bytes | None:
        """The first line that is not blank, with all before it."""
        start = len(self._out) - len(self._out.lstrip())
        end = self._out.find(b"\n", start)
        return None if end < 0 else bytes(self._out[: end + 1])

    def _heard(self, answer: bytes, line: bytes) -> Heard:
        """What there is to tell of it, once nothing more is waited for."""
        took = self._pipes.unread < len(line)
        if self._ended or self._trouble:
            self._pipes.listen(DYING, lambda: self._pipes.open <= {self._report})
        if self._error:
            raise BadSubject(f"it cannot be started: {os.strerror(self._error)}")
        return Heard(
            out=answer or bytes(self._out),
            err=bytes(self._err),
            ended=self._ended,
            code=self._code,
            trouble=self._trouble,
            took=took,
        )

    def _hear(self, kept: bytearray, name: str) -> Hear:
        def hear(data: bytes) -> None:
            if len(kept) <= FLOOD:
                kept.extend(data)
            if len(kept) > FLOOD:
                self._stop(Ill.FLOOD, f"it wrote more than {FLOOD >> 10} KiB to its {name}")

        return hear

    def _note(self, data: bytes) -> None:
        """Heed what the keeper says; if it says no more, nobody else watches the program."""
        self._said += data
        *lines, rest = bytes(self._said).split(b"\n")
        self._said[:] = rest
        for word, _, number in (line.partition(b" ") for line in lines):
            if word == b"pid":
                self._pid = int(number)
            elif word == b"exit":
                self._code = int(number)
            elif word == b"error":
                self._error = int(number)
            elif word == b"memory":
                limit = f"{self._memory >> 20} MiB"
                self._stop(Ill.STUCK, f"it and its children held more than {limit} of memory")
        if not data and self._code is None:
            self._kill_group()

    def _stop(self, kind: Ill, why: str) -> None:
        if self._trouble is None:
            self._trouble = Trouble(kind, why)
            self.kill()

    def _kill_group(self) -> None:
        if self._pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)


def _launch(
    command: Sequence[str], environment: Mapping[str, str], memory: int
) -> tuple[subprocess.Popen[bytes], int, int]:
    """The keeper, the grader's end of its lifeline, and that of its report."""
    theirs, lifeline = os.pipe()
    report, says = os.pipe()
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), *map(str, (theirs, says, memory)), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=dict(environment),
            pass_fds=(theirs, says),
            start_new_session=True,
        )
    except BaseException:
        os.close(lifeline)
        os.close(report)
        raise
    finally:
        os.close(theirs)
        os.close(says)
    return keeper, lifeline, report
