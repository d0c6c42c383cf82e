"""What the grader prints for people: a verdict by theme, and what it takes to see each finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.findings import Finding, Level, clauses
from contracts.grade import Grade, State, Verdict, worst
from contracts.phrases import cash, span
from contracts.report.words import brief, broken, plural, printable, replay, verdict
from contracts.trial import Trial
from emulator.core.clock import SECOND

COLOURS = {
    Level.MONEY: "bold red",
    Level.MUST: "red",
    Level.SHOULD: "yellow",
    Level.ASSUMPTION: "cyan",
}


def graded(
    grade: Grade, files: Mapping[str, Path] | None = None, known: Mapping[str, str] | None = None
) -> None:
    """The verdict by theme, each broken clause with its smallest case, and the headline. `files`
    are the smallest cases by clause, `known` the findings that were expected and why."""
    files, known = files or {}, known or {}
    console = Console(highlight=False)
    console.print(_themes(grade))
    for one in broken(grade):
        _finding(console, grade, one, files.get(one.clause.id), known)
    if grade.harness:
        _say(console, f"\n[bold red]{plural(len(grade.harness), 'answer')} of the emulator's own")
        _say(console, "break the provider's contract; what is said above is in doubt:")
        for trial, flaw in grade.harness[:5]:
            _say(console, f"  {_plain(f'{trial.case.name}: {flaw.text}')}")
    new = [one for one in broken(grade) if one.clause.id not in known]
    colour = COLOURS[worst(new) or Level.MUST] if new else "green"
    _say(console, f"\n[{colour}]{verdict(grade, known)}[/]")
    _say(console, f"{plural(grade.trials, 'trial')}{_took(grade)}.{_more(new, files)}")


def _took(grade: Grade) -> str:
    return f" in {span(round(grade.seconds * SECOND))}" if grade.seconds else ""


def _more(new: Sequence[Verdict], files: Mapping[str, Path]) -> str:
    """Where to look next, if it is not known how to play what was found."""
    if not new or files:
        return ""
    return " --out FOLDER writes each smallest case and how to replay it; --html FILE draws it."


def played(trial: Trial, findings: Iterable[Finding]) -> None:
    """What came of one trial."""
    console = Console(highlight=False)
    said = trial.outcome.outcome.value.replace("_", " ")
    took = f"after {span(trial.ended - trial.began)}"
    money = f"{cash(trial.captured)} charged"
    if trial.wasted > 0:
        money += f", [bold red]{cash(trial.wasted)} of it wasted[/]"
    _say(console, f"[bold]{said}[/] {took}; {plural(len(trial.jobs), 'job')}, {money}")
    if trial.trouble is not None:
        _say(console, f"  {_plain(str(trial.trouble))}")
    found = list(findings)
    for one in found:
        clause = clauses()[one.clause]
        _say(console, f"\n[{COLOURS[clause.level]}]{clause.id}[/] ({clause.level}): {clause.text}")
        _say(console, f"  seen    {_plain(one.seen)}")
    if not found:
        _say(console, "[green]Nothing was broken.[/]")


def _themes(grade: Grade) -> Table:
    table = Table(title=_plain(grade.subject), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("theme")
    for state in State:
        table.add_column(state.value, justify="right")
    for theme, each in grade.themes().items():
        row = [sum(one.state is state for one in each) for state in State]
        colour = COLOURS.get(worst(each) or Level.MUST)
        cells = [
            f"[{colour}]{count}[/]" if state is State.BROKEN and count else str(count or "")
            for state, count in zip(State, row, strict=True)
        ]
        table.add_row(theme, *cells)
    return table


def _finding(
    console: Console, grade: Grade, one: Verdict, file: Path | None, known: Mapping[str, str]
) -> None:
    assert one.broken is not None
    clause, trial = one.clause, one.broken.trial
    _say(console, f"\n[{COLOURS[clause.level]}]{clause.id}[/] ({clause.level}): {clause.text}")
    wasted = f" [bold red]({cash(trial.wasted)} wasted)[/]" if trial.wasted > 0 else ""
    _say(console, f"  seen    {_plain(one.broken.finding.seen)}{wasted}")
    _say(console, f"  when    {_plain(brief(trial.case))}")
    if clause.id in known:
        _say(console, f"  known   {_plain(known[clause.id])}")
    if file is not None:
        _say(console, f"  replay  {_plain(replay(grade, file))}")


def _say(console: Console, line: str) -> None:
    """A line that is never folded, so that a command can be copied."""
    console.print(line, soft_wrap=True)


def _plain(text: str) -> str:
    """A text of somebody else's, on one line."""
    return escape(printable(" ".join(text.split())))
