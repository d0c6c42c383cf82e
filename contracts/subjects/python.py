"""Python callables, sync or async, under virtual time, in a worker process that is killed and
replaced when a trial overruns."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from contracts.capabilities import BadCapabilities, declared
from contracts.cases import Case
from contracts.intents import End, Intent, Outcome, told
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial, Trouble
from emulator.core.clock import EPOCH

PATIENCE = 10.0
"""Seconds of the machine's that one trial may take: what never blocks is stopped here."""

IMPORT = 60.0
"""Seconds of the machine's that the import of a client may take."""

MEMORY = 1 << 30
"""Bytes that a client may take for its trials."""

PR_SET_PDEATHSIG = 1

STARTING = threading.Lock()
"""Held while the environment is as a new worker is to find it."""


class Ready(NamedTuple):
    """A worker's first word: what is wrong, or what the client says that it can do."""

    problem: str = ""
    abilities: frozenset[str] | None = None


class PythonSubject:
    """A callable, named as `package.module:callable`, on the machine's own Python.

    It is given an intent, and returns an outcome. What it can do it says in an attribute,
    `capabilities`, if nothing else says it. Use it as a context manager: the worker ends with it.
    Raises BadSubject if there is no such callable.
    """

    virtual = True

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
        self._over = True
        self._stop()

    def play(self, case: Case) -> Trial:
        """One trial; one with no exchanges if the client had to be killed.

        A worker that is gone may have died of the trial before: the case is played once more in a
        new one, and that counts.
        """
        while True:
            used = self._wire is not None
            if self._wire is None:
                self._start()
            assert self._wire is not None
            try:
                self._wire.send(case)
                if self._wire.poll(self._patience):
                    trial: Trial = self._wire.recv()
                    return trial
                why = f"it neither returned nor waited for {self._patience:g} s of the machine's"
                used = False
            except (EOFError, OSError):
                why = "it ended its whole process"
            self._stop()
            if not used or self._over:
                return _stuck(case, why)

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-")
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=work,
            args=(self.name, theirs, os.getcwd(), self._folder.name, os.getpid()),
            daemon=True,
        )
        with _hashing_alike():
            self._process.start()
        theirs.close()
        self._wire = ours
        try:
            ready = Ready(f"its import did not end within {IMPORT:g} s")
            if ours.poll(IMPORT):
                ready = ours.recv()
        except (EOFError, OSError):
            ready = Ready("its process ended while it was imported")
        if self.abilities is None:
            self.abilities = ready.abilities
        if ready.problem:
            self._stop()
            raise BadSubject(f"{self.name}: {ready.problem}")

    def _stop(self) -> None:
        wire, self._wire = self._wire, None
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if wire is not None:
            wire.close()
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.join()
        if folder is not None:
            folder.cleanup()


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


def work(name: str, wire: Connection, home: str, folder: str, grader: int) -> None:
    """The worker: virtual time first, then the client, then one trial after the other.

    Modules are found from `home`, and state is kept in `folder`. What a client prints goes nowhere,
    however much it is.
    """
    from contracts.play import Theatre
    from contracts.virtual.patches import Here, install

    _settle_down(grader)
    sys.path.insert(0, home)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    here = Here()
    install(here)
    try:
        call = found(name)
        said = getattr(call, "capabilities", None)
        abilities = None if said is None else frozenset(map(str, declared(said)))
    except (BadSubject, BadCapabilities) as error:
        wire.send(Ready(str(error)))
        return
    except BaseException as error:  # Even to look at an attribute may be a client's code.
        wire.send(Ready(f"its capabilities cannot be read: {told(error)}"))
        return
    _keep_within(MEMORY)
    wire.send(Ready("", abilities))
    theatre = Theatre(here, call, lambda: afresh(name), Path(folder))
    while True:
        try:
            case: Case = wire.recv()
        except EOFError:
            return
        wire.send(theatre.play(case))


def _settle_down(grader: int) -> None:
    """Lead a group of its own, which is killed as one, and die with the grader, who alone decides
    when to stop."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != grader:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _keep_within(memory: int) -> None:
    """From now on the process takes at most that many bytes more than it has."""
    if sys.platform != "linux":
        return
    lines = Path("/proc/self/status").read_text(errors="replace").splitlines()
    (taken,) = (int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:"))
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = [one for one in (soft, taken + memory) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(allowed), hard))


def found(name: str) -> Any:
    """The callable of that name; BadSubject if there is none."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise BadSubject("a subject is named package.module:callable")
    try:
        call: Any = importlib.import_module(module)
        for step in attribute.split("."):
            call = getattr(call, step)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, too.
        raise BadSubject(f"it cannot be imported: {told(error)}") from None
    if not callable(call):
        raise BadSubject(f"{attribute} is not callable")
    return call


def afresh(name: str) -> Any:
    """The callable as in a new process: its modules, and those that lie beside them, are imported
    anew. Installed packages are kept, and so are ours."""
    keep = [sysconfig.get_paths()[one] for one in ("stdlib", "platstdlib", "purelib", "platlib")]
    ours = ("contracts", "emulator")
    for known, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        own = file is not None and not file.startswith(tuple(keep))
        if own and known.partition(".")[0] not in ours and known != "__main__":
            del sys.modules[known]
    return found(name)
