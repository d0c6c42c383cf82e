"""The command line for scenarios: check, schema, list, export."""

from __future__ import annotations

import json
import sys
from urllib.parse import quote

import click

from emulator import scenarios, show
from emulator.cli_asking import ask
from emulator.scenarios import BadScenario


@click.group()
def scenario() -> None:
    """Check scenario files, list the named ones, write one from a world."""


@scenario.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|NAME…")
def check(files: tuple[str, ...]) -> None:
    """Say of each scenario whether it is good, and where it is not."""
    bad = 0
    for name in files:
        try:
            show.good(name, scenarios.load(scenarios.find(name)))
        except BadScenario as error:
            bad += 1
            click.echo(f"understudy: {error}", err=True)
    if bad:
        sys.exit(2)


@scenario.command()
def schema() -> None:
    """The JSON Schema of a scenario file, for editors that complete and check."""
    click.echo(json.dumps(scenarios.schema(), indent=2, ensure_ascii=False))


@scenario.command(name="list")
def list_() -> None:
    """The named scenarios, with what each is for."""
    show.scenarios({name: scenarios.find(name) for name in scenarios.names()})


@scenario.command(name="show")
@click.argument("name", metavar="FILE|NAME")
def show_(name: str) -> None:
    """Print a scenario as it is written, with what is said about it."""
    try:
        path = scenarios.find(name)
        scenarios.load(path)
    except BadScenario as error:
        click.echo(f"understudy: {error}", err=True)
        sys.exit(2)
    click.echo(path.read_text(encoding="utf-8"), nl=False)


@scenario.command()
@click.argument("world")
@click.option("--url", default="http://127.0.0.1:8787", help="Where the emulator listens.")
@click.option("--control-token", help="What its control plane asks for.")
def export(world: str, url: str, control_token: str | None) -> None:
    """Write the scenario of a WORLD (its name or key), faults drawn by chance included, as YAML."""
    path = f"/worlds/{quote(world, safe='')}/scenario"
    click.echo(ask(url, path, control_token), nl=False)
