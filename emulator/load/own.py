"""An emulator of the run's own: a process that is started, and stopped whatever happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from emulator.load.signals import later

PATIENCE = 15
"""Seconds that it has to stop."""


class NotStarted(Exception):
    """It ended before it was ready; the message is what it said."""


@contextmanager
def emulator() -> Iterator[str]:
    """Its address. It is in a session of its own: a Ctrl-C is for the users, not for it."""
    process: subprocess.Popen[str] | None = None
    try:
        with later():
            process = subprocess.Popen(
                [sys.executable, "-m", "emulator", "serve", "--port", "0"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise NotStarted("the emulator ended before it was ready")
        yield line.split()[-1]
    finally:
        if process is not None:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
