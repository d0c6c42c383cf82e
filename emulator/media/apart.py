"""Renders in processes of its own, which step back for whoever else wants the processor.

Drawing is Python and holds the interpreter's lock: in a thread it would make every call wait for
some milliseconds, again and again.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from queue import SimpleQueue
from threading import Lock

from emulator.media.clips import Clip, Still
from emulator.media.headers import NotAnImage
from emulator.media.shelf import Shelf

START = "import sys; sys.path[:] = sys.argv[1:]; from emulator.media.worker import main; main()"
"""What a process runs: it finds what this one does, wherever that is installed."""


class Apart:
    """At most `many` processes, each started when it is needed first. Threads may share it: who
    finds all of them busy waits. After `close` they are started again when they are needed."""

    def __init__(self, many: int) -> None:
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker() for _ in range(many)]
        for worker in self._workers:
            self._free.put(worker)

    def render(self, thing: Clip | Still, shelf: Shelf | None = None) -> bytes:
        """What `rendering.render` makes of it; the parts that clips share stay in the process.
        Raises `NotAnImage` if the start frame does not decode."""
        worker = self._free.get()
        try:
            made = worker.render(thing)
        finally:
            self._free.put(worker)
        if isinstance(made, str):
            raise NotAnImage(made)
        return made

    def close(self) -> None:
        """End the processes, once each has done what it does."""
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process, and the pipe to it. What ends amid its work is started once more."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def render(self, thing: Clip | Still) -> bytes | str:
        with self._lock:
            try:
                return self._ask(thing)
            except (OSError, EOFError, pickle.UnpicklingError):
                self._end()
                return self._ask(thing)

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, thing: Clip | Still) -> bytes | str:
        process = self._process = self._process or subprocess.Popen(
            [sys.executable, "-c", START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        pickle.dump(thing, process.stdin)
        process.stdin.flush()
        made: bytes | str = pickle.load(process.stdout)
        return made

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # What was still to be written has nobody to read it.
        process.wait()
