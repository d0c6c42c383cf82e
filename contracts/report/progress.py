"""How far a search is, while it goes on: one line that changes, or, where nobody looks, a line now
and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.grade import Grade
from contracts.phrases import cash
from contracts.report.words import plural

Tell: TypeAlias = Callable[[Grade, str], None]
"""Says how a grade stands, and what is being done."""

APART = 10.0
"""Seconds between two lines of a log."""


@contextmanager
def progress(console: Console | None = None) -> Iterator[Tell]:
    """While the search goes on: a function to call after each trial, with the grade and with what
    is being done. On a terminal the line is gone at the end; in a log there is one every ten
    seconds. All of it goes to stderr."""
    shown = console or Console(highlight=False, stderr=True)
    if not shown.is_terminal:
        yield _log(shown)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True) as line:
        task = line.add_task("")

        def tell(grade: Grade, doing: str = "") -> None:
            line.update(task, description=_line(grade, doing))

        yield tell


def _log(console: Console) -> Tell:
    last = 0.0

    def tell(grade: Grade, doing: str = "") -> None:
        nonlocal last
        if grade.seconds - last >= APART:
            last = grade.seconds
            console.print(_line(grade, doing), markup=False, soft_wrap=True)

    return tell


def _line(grade: Grade, doing: str) -> str:
    parts = [plural(grade.trials, "trial"), f"{plural(len(grade.broken), 'clause')} broken"]
    if grade.wasted > 0:
        parts.append(f"{cash(grade.wasted)} wasted")
    return ", ".join(parts) + (f": {doing}" if doing else "")
