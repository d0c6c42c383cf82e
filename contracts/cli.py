"""The commands of the grader: grade and replay. They register with the emulator's command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

PROVIDERS = ("oxen", "omixa")
subject = click.option(
    "--subject",
    "name",
    required=True,
    metavar="PACKAGE.MODULE:CALLABLE",
    help="A Python client, sync or async: it is given an intent and returns an outcome.",
)


@click.command()
@click.argument("provider", type=click.Choice(PROVIDERS))
@subject
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the smallest scenarios.")
def grade(provider: str, name: str, out: Path | None) -> None:
    """Grade a client: which clauses it breaks, and the smallest scenario for each.

    The client is run in a process of its own, where time, sockets and event loops are those of the
    trial. Exit code 0: all kept; 1: findings; 2: there is no such client.
    """
    from contracts import show
    from contracts.subjects.python import BadSubject, Subject
    from contracts.walk import walk
    from emulator.providers.registry import providers

    body = providers()[provider].sample[2]
    try:
        with Subject(name) as client:
            found = walk(provider, lambda scenario: client.play(provider, scenario, body))
    except BadSubject as error:
        click.echo(f"understudy: {error}", err=True)
        sys.exit(2)
    show.graded(name, found)
    if out is not None:
        show.kept(out, found)
    sys.exit(1 if found.broken or found.killed else 0)


@click.command()
@click.argument("file")
@subject
@click.option("--provider", type=click.Choice(PROVIDERS), default="oxen", show_default=True)
def replay(file: str, name: str, provider: str) -> None:
    """Play one scenario with a client, and say which clauses it breaks there."""
    from contracts import show
    from contracts.checks import judge
    from contracts.subjects.python import BadSubject, Subject
    from emulator import BadScenario, load_scenario
    from emulator.providers.registry import providers

    try:
        scenario = load_scenario(file)
        with Subject(name) as client:
            trial = client.play(provider, scenario, providers()[provider].sample[2])
    except (BadScenario, BadSubject) as error:
        click.echo(f"understudy: {error}", err=True)
        sys.exit(2)
    findings = [] if trial is None else list(judge(trial))
    show.played(trial, findings)
    sys.exit(1 if trial is None or findings else 0)
