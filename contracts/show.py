"""What the grader prints, and the scenario files that it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from contracts.checks import CHECKS
from contracts.findings import Finding, clauses
from contracts.trial import Trial
from contracts.walk import Broken, Grade
from emulator import written
from emulator.core.clock import SECOND
from emulator.core.money import dollars
from emulator.core.scenario import Scenario
from emulator.scenarios import dump


def graded(name: str, grade: Grade) -> None:
    """The verdict by theme, then each broken clause with its smallest scenario."""
    known, console = clauses(), Console(highlight=False)
    table = Table(title=f"{name}: {grade.trials} trials")
    for column in ("theme", "kept", "broken"):
        table.add_column(column, justify="left" if column == "theme" else "right")
    for theme in dict.fromkeys(known[id].theme for id in CHECKS):
        own = [id for id in CHECKS if known[id].theme == theme]
        broken = sum(id in grade.broken for id in own)
        table.add_row(theme, str(len(own) - broken), str(broken) if broken else "")
    console.print(table)
    for id, one in sorted(grade.broken.items()):
        clause = known[id]
        click.echo(f"\n{id} ({clause.level}): {clause.text}")
        click.echo(f"  seen: {one.finding.seen}")
        click.echo(f"  when: {_summary(one.scenario)}")
    if grade.killed:
        click.echo(f"\n{len(grade.killed)} trials were stopped: it neither returned nor waited")
    click.echo(f"\nThe worst of them wasted {dollars(grade.wasted)} USD.")


def kept(folder: Path, grade: Grade) -> None:
    """Each smallest scenario as a file that `understudy replay` plays again."""
    folder.mkdir(parents=True, exist_ok=True)
    for id, one in grade.broken.items():
        path = folder / f"{id}.yaml"
        path.write_text(_commented(id, one), encoding="utf-8")
        click.echo(f"{path}")


def played(trial: Trial | None, findings: Iterable[Finding]) -> None:
    """What came of one trial."""
    if trial is None:
        click.echo("the client neither returned nor waited, and was killed")
        return
    took = (trial.ended - trial.began) / SECOND
    click.echo(f"{trial.outcome.outcome} after {took:g} s, {dollars(trial.captured)} USD charged")
    for finding in findings:
        click.echo(f"{finding.clause}: {finding.seen}")


def _summary(scenario: Scenario) -> str:
    faults = written(Scenario(faults=scenario.faults)).get("faults", [])
    if faults:
        (fault,) = faults
        return f"{fault['do']} on {fault['on']}"
    endings = {rule.ending.value for rule in scenario.plans}
    return f"the job's plan is to {', '.join(endings)}"


def _commented(id: str, one: Broken) -> str:
    clause = clauses()[id]
    seen = one.finding.seen.replace("\n", " ")
    return f"# {clause.text}\n# {id}, {clause.level}. Seen: {seen}\n{dump(one.scenario)}"
