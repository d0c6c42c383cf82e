"""How the tests of programs play them, and what they wait for."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.cases import Case, sample
from contracts.subjects.program import ProgramSubject
from contracts.trial import Trial
from emulator import read_scenario

HERE = Path(__file__).parent / "programs"
PYTHON = (sys.executable, "-I", "-S")
POLLS = (*PYTHON, str(HERE / "polls.py"))
TELLS = (*PYTHON, str(HERE / "tells.py"))
SWIFT = read_scenario({"plans": ["succeed after 200ms"]})
SAYS = 'echo "{{\\"outcome\\": \\"cancelled\\"}}"'
"""What a shell prints to tell an outcome, as an argument that may have placeholders."""


def case(**given: Any) -> Case:
    return Case(provider="oxen", **{"body": sample("oxen"), "deadline_s": 20, **given})


def play(command: Sequence[str], given: Case | None = None, **how: Any) -> Trial:
    with ProgramSubject(command, abilities=None, **how) as subject:
        return subject.play(given or case())


def shell(script: str, given: Case | None = None, **how: Any) -> Trial:
    return play(("sh", "-c", script), given, **how)


def told(trial: Trial) -> Any:
    assert trial.trouble is None
    return json.loads(trial.outcome.error)


def alive(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return words[0] not in ("Z", "X")


def until(wanted: Any, seconds: float = 20) -> None:
    """Wait for what another process does."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if wanted():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")
