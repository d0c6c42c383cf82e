"""A worker: the process in which a Python callable lives, on virtual time, trial after trial."""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import signal
import sys
import sysconfig
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from contracts.capabilities import BadCapabilities, declared
from contracts.cases import Case
from contracts.intents import End, Outcome, told
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial, Trouble

MEMORY = 1 << 30
"""Bytes that a client may take for its trials."""

MIXED = "attached to a different loop"
"""What asyncio says to a task that awaits what is another loop's."""

PR_SET_PDEATHSIG = 1


class Ready(NamedTuple):
    """A worker's first word: what is wrong, or what the client says that it can do."""

    problem: str = ""
    abilities: frozenset[str] | None = None


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
    keeps = False
    while True:
        try:
            case: Case = wire.recv()
        except EOFError:
            return
        trial = theatre.play(case)
        if not keeps and (here.stale or _mixed(trial)):
            # It keeps connections, or loops, from trial to trial: a program run once never would.
            keeps = True
            theatre = Theatre(
                here, lambda intent: afresh(name)(intent), lambda: afresh(name), Path(folder)
            )
            trial = theatre.play(case)
        wire.send(_unfit(trial, here.unfit))


def _mixed(trial: Trial) -> bool:
    """Whether the client may have awaited what belongs to the loop of a trial before."""
    ill = trial.trouble
    return ill is not None and ill.kind is Ill.CRASH and MIXED in ill.text


def _unfit(trial: Trial, why: str) -> Trial:
    """The trial; of a client that is unfit it says nothing else, even if the client goes on."""
    if not why:
        return trial
    outcome = Outcome(outcome=End.NOTHING, error=why)
    return replace(trial, outcome=outcome, trouble=Trouble(Ill.UNFIT, why))


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
