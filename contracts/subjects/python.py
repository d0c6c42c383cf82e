"""Python callables, sync or async, under virtual time, in a worker process that is killed and
replaced when a trial overruns."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

from contracts.cases import Case
from contracts.intents import End, Intent, Outcome
from contracts.subjects.subject import Attached, BadSubject
from contracts.subjects.worker import Ready, work
from contracts.trial import Ill, Trial, Trouble
from emulator.core.clock import EPOCH

PATIENCE = 10.0
"""Seconds of the machine's that one trial may take: what never blocks is stopped here."""

BLOCKED = 3
"""Times so much that it may take without doing anything, since the machine is busy, or it waits for
what is none of the trial's."""

IMPORT = 60.0
"""Seconds of the machine's that the import of a client may take."""

STARTING = threading.Lock()
"""Held while the environment is as a new worker is to find it."""


class PythonSubject:
    """A callable, named as `package.module:callable`, on the machine's own Python.

    It is given an intent, and returns an outcome. What it can do it says in an attribute,
    `capabilities`, if nothing else says it. Use it as a context manager: the worker ends with it.
    Raises BadSubject if there is no such callable.
    """

    virtual, attached = True, Attached()

    def __init__(
        self,
        name: str,
        *,
        abilities: frozenset[str] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.name = name
        self.abilities = abilities
        self._patience = patience
        self._context = multiprocessing.get_context("spawn")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: Any = None
        self._wire: Connection | None = None
        self._change = threading.Lock()
        self._over = False

    def __enter__(self) -> PythonSubject:
        self._over = False
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._change:
            self._over = True
        self._stop()

    def play(self, case: Case) -> Trial:
        """One trial; one with no exchanges if the client had to be killed.

        A worker that is gone may have died of the trial before: the case is played once more in a
        new one, and that counts.
        """
        while True:
            wire = self._wire
            used = wire is not None
            if wire is None:
                wire = self._start()
            try:
                wire.send(case)
                if self._answers(wire):
                    trial: Trial = wire.recv()
                    return trial
                why = f"it neither returned nor waited for {self._patience:g} s of the machine's"
                used = False
            except (EOFError, OSError):
                why = "it ended its whole process"
            self._stop()
            if not used or self._over:
                return _stuck(case, why)

    def _answers(self, wire: Connection) -> bool:
        """Whether it answers in time. Of a busy machine it gets more: what counts is what it
        spends."""
        began = _spent(self._process.pid)
        for _ in range(BLOCKED):
            if wire.poll(self._patience):
                return True
            if _spent(self._process.pid) - began > self._patience / 2:
                return False
        return False

    def _start(self) -> Connection:
        """A worker that is ready; nothing of it is left where there is none."""
        try:
            wire = self._launch()
            ready = _ready(wire)
            if self.abilities is None:
                self.abilities = ready.abilities
            if ready.problem:
                raise BadSubject(f"{self.name}: {ready.problem}")
        except BaseException:
            self._stop()
            raise
        return wire

    def _launch(self) -> Connection:
        with self._change:
            if self._over:
                raise BadSubject("it is closed")
            self._folder = tempfile.TemporaryDirectory(prefix="understudy-")
            self._wire, theirs = self._context.Pipe()
            self._process = self._context.Process(
                target=work,
                args=(self.name, theirs, os.getcwd(), self._folder.name, os.getpid()),
                daemon=True,
            )
            try:
                with _hashing_alike():
                    self._process.start()
            finally:
                theirs.close()
            return self._wire

    def _stop(self) -> None:
        with self._change:
            wire, self._wire = self._wire, None
            process, self._process = self._process, None
            folder, self._folder = self._folder, None
        if wire is not None:
            wire.close()
        if process is not None and process.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.join()
        if folder is not None:
            folder.cleanup()


def _ready(wire: Connection) -> Ready:
    try:
        if wire.poll(IMPORT):
            ready: Ready = wire.recv()
            return ready
    except (EOFError, OSError):
        return Ready("its process ended while it was imported")
    return Ready(f"its import did not end within {IMPORT:g} s")


def _spent(pid: int) -> float:
    """Seconds of the processor that a process has had; the machine's where nobody counts."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stuck(case: Case, why: str) -> Trial:
    intent = Intent(
        provider=case.provider,
        body=case.body,
        base_url="",
        api_key="",
        deadline_s=case.deadline_s,
    )
    return Trial(
        case=case,
        intent=intent,
        outcome=Outcome(outcome=End.NOTHING, error=why),
        began=EPOCH,
        ended=EPOCH,
        settled=EPOCH,
        trouble=Trouble(Ill.STUCK, why),
    )


@contextmanager
def _hashing_alike() -> Iterator[None]:
    """What is started meanwhile hashes texts as every other worker does: sets keep their order."""
    name = "PYTHONHASHSEED"
    with STARTING:
        before = os.environ.get(name)
        os.environ[name] = "0"
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
