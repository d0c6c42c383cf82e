"""`understudy run` as a process of its own, with a program that knows the real hosts alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that a run has."""

PYTHON = [sys.executable, "-W", "ignore", "-c"]


def run(
    *command: str,
    options: tuple[str, ...] = (),
    entered: str = "",
    more: Mapping[str, str] = {},
    through: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends; `through` is what Understudy itself is run by."""
    return subprocess.run(
        [*through, sys.executable, "-m", "emulator", "run", *options, "--", *command],
        cwd=ROOT,
        input=entered,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, **more},
    )


def unshare(folder: Path, does: str) -> dict[str, str]:
    """A PATH on which `unshare` does this."""
    file = folder / "unshare"
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python."""
    return run(*PYTHON, code, options=options)
