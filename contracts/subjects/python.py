"""Python callables, sync or async, under virtual time, in a worker process that is killed and
replaced when a trial overruns."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, NamedTuple

from contracts.trial import Trial
from emulator.core.scenario import Scenario

PATIENCE = 10.0
"""Seconds of the machine's that one trial may take: what never blocks is stopped here."""


class BadSubject(ValueError):
    """There is no such callable; the message says why and what is wanted."""


class Task(NamedTuple):
    """One trial to be played."""

    provider: str
    scenario: Scenario
    body: Mapping[str, Any]
    deadline: float


class Subject:
    """A callable, named as `package.module:callable`, on the machine's own Python.

    `play` gives the trial, and None where it took so long that the worker was killed. Use it as a
    context manager: the worker ends with it. Raises BadSubject if there is no such callable.
    """

    def __init__(self, name: str, *, patience: float = PATIENCE) -> None:
        self.name = name
        self._patience = patience
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._wire: Connection | None = None

    def __enter__(self) -> Subject:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def play(
        self,
        provider: str,
        scenario: Scenario,
        body: Mapping[str, Any],
        *,
        deadline: float = 600,
    ) -> Trial | None:
        """One trial; None if the client neither returned nor waited for anything in time."""
        if self._wire is None:
            self._start()
        assert self._wire is not None
        self._wire.send(Task(provider, scenario, body, deadline))
        try:
            if self._wire.poll(self._patience):
                trial: Trial = self._wire.recv()
                return trial
        except EOFError:
            pass  # The client ended its whole process.
        self._stop()
        return None

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=work, args=(self.name, theirs, os.getcwd()), daemon=True
        )
        self._process.start()
        theirs.close()
        self._wire = ours
        try:
            problem = ours.recv()
        except EOFError:
            problem = "its process ended while it was imported"
        if problem:
            self._stop()
            raise BadSubject(f"{self.name}: {problem}")

    def _stop(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def work(name: str, wire: Connection, folder: str) -> None:
    """The worker: virtual time first, then the client, then one trial after the other.

    What a client prints goes nowhere, however much it is.
    """
    from contracts.play import Theatre
    from contracts.virtual.patches import Here, install

    sys.path.insert(0, folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    here = Here()
    install(here)
    try:
        call = found(name)
    except BadSubject as error:
        wire.send(str(error))
        return
    wire.send("")
    theatre = Theatre(here)
    while True:
        try:
            task: Task = wire.recv()
        except EOFError:
            return
        wire.send(
            theatre.play(task.provider, task.scenario, task.body, call, deadline=task.deadline)
        )


def found(name: str) -> Any:
    """The callable of that name; BadSubject if there is none."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise BadSubject("a subject is named package.module:callable")
    try:
        call: Any = importlib.import_module(module)
        for step in attribute.split("."):
            call = getattr(call, step)
    except Exception as error:
        raise BadSubject(f"it cannot be imported: {type(error).__name__}: {error}") from None
    if not callable(call):
        raise BadSubject(f"{attribute} is not callable")
    return call
