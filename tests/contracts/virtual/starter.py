"""A client that starts a process while it is imported."""

from __future__ import annotations

import os
import subprocess

from contracts.intents import End, Intent, Outcome

CHILD = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)


def that_tells_its_pids(intent: Intent) -> Outcome:
    return Outcome(outcome=End.GAVE_UP, error=f"{os.getpid()} {CHILD.pid}")
