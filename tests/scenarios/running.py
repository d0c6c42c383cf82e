"""Runs the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Run: TypeAlias = Callable[..., tuple[int, str, str]]
"""Takes the words behind `understudy`; gives the exit code, the output and the complaint."""
