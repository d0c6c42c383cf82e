"""The process of the users: Locust, with our users, and how it is started and ended.

It is a process of its own because gevent must patch the standard library before anything else runs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.load.settings import VARIABLE, Settings, dump
from emulator.load.signals import told

FILE = Path(__file__).parent / "users" / "locustfile.py"
LONGEST = 60
"""The most seconds that users get to finish what they began, once the time is over."""
INTERRUPTED = 130
"""The exit code of a process that was stopped before it had begun."""
LOOK = 1
"""Seconds after which it is told again; before it listens nothing is heard."""
WORKERS = 600
"""Seconds to wait for workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the process runs: with a page, on several processes, as a master or as a worker."""

    users: int = 1
    rate: float = 1
    page: int | None = None
    processes: int = 1
    workers: int = 0
    worker: bool = False
    host: str = "127.0.0.1"
    port: int = 5557


def installed() -> bool:
    """Whether Locust is there; it is not imported to know."""
    return importlib.util.find_spec("locust") is not None


def command(shape: Shape, settings: Settings) -> list[str]:
    """The arguments of Locust."""
    base = [sys.executable, "-m", "locust", "-f", str(FILE), "--skip-log-setup", "--only-summary"]
    if shape.worker:
        base += ["--worker", "--master-host", shape.host, "--master-port", str(shape.port)]
        return [*base, *(["--processes", str(shape.processes)] if shape.processes > 1 else [])]
    base += ["--host", settings.url, "--exit-code-on-error", "0"]
    base += ["--stop-timeout", str(round(min(settings.deadline, LONGEST)))]
    if shape.page is None:
        base.append("--headless")
    else:
        base += ["--web-host", "127.0.0.1", "--web-port", str(shape.page)]
        if not settings.stages:
            base += ["--users", str(shape.users), "--spawn-rate", str(shape.rate)]
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(shape.port)]
    wait = ["--expect-workers-max-wait", str(WORKERS)]
    if shape.processes > 1:
        base += [
            "--processes",
            str(shape.processes),
            *bind,
            *wait,
            "--master-port",
            str(shape.port),
        ]
    elif shape.workers:
        base += ["--master", "--expect-workers", str(shape.workers), *bind, *wait]
    return base


def run(shape: Shape, settings: Settings) -> int:
    """Start it, and wait for its end; its exit code, or `INTERRUPTED`.

    Ctrl-C ends it as the end of its time does; a second one ends it at once.
    """
    asked: list[bool] = []
    with told(lambda: asked.append(True)):
        # It hears Ctrl-C from us alone, and only once it knows what to do then.
        process = subprocess.Popen(
            command(shape, settings),
            stdin=subprocess.DEVNULL,
            env={**os.environ, VARIABLE: dump(settings)},
            start_new_session=True,
            preexec_fn=_deaf,
        )
        code = None
        while code is None:
            if asked:
                process.send_signal(signal.SIGINT if len(asked) == 1 else signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(LOOK)
    return INTERRUPTED if asked else code


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def seen(settings: Settings) -> Mapping[str, Any] | None:
    """What the users have written down; None if they never came to it."""
    try:
        found = json.loads(Path(settings.out).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
