"""One line that tells how far a search is, while it goes on; nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.grade import Grade
from contracts.reading import cash
from contracts.report.words import plural

Tell: TypeAlias = Callable[[Grade, str], None]
"""Says how a grade stands, and what is being done."""


@contextmanager
def progress(console: Console | None = None) -> Iterator[Tell]:
    """While the search goes on: a function to call after each trial, with the grade and with what
    is being done. The line is gone at the end; where stdout is no terminal there is none."""
    shown = console or Console(highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as line:
        task = line.add_task("")

        def tell(grade: Grade, doing: str = "") -> None:
            line.update(task, description=_line(grade, doing))

        yield tell


def _line(grade: Grade, doing: str) -> str:
    parts = [plural(grade.trials, "trial"), f"{plural(len(grade.broken), 'clause')} broken"]
    if grade.wasted > 0:
        parts.append(f"{cash(grade.wasted)} wasted")
    return ", ".join(parts) + (f": {doing}" if doing else "")
