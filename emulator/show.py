"""What the command line prints: the ready line, tables of what there is, and what a file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from emulator.core.assumptions import Assumption
from emulator.core.money import dollars
from emulator.core.scenario import Scenario
from emulator.faults import Deed
from emulator.providers.port import Provider
from emulator.providers.registry import assume
from emulator.scenarios import deeds
from emulator.scenarios.named import about
from emulator.server.stage import Stage


def ready(url: str, stage: Stage, key: str, *, closed: bool) -> None:
    """The one ready line, and a call to copy for each provider."""
    click.echo(f"Understudy is ready at {url}")
    if closed:
        click.echo("The control plane is closed on this host; --control-token opens it.")
    for provider in stage.providers.values():
        method, path, body = provider.sample
        click.echo(
            f"\n# {provider.title}\n"
            f'curl -X {method} {url}{path} -H "Authorization: Bearer {key}"'
            f" -H 'Content-Type: application/json' -d '{orjson.dumps(body).decode()}'"
        )


def models(providers: Iterable[Provider]) -> None:
    """Every model: who has it, what it makes, what it costs, what it takes."""
    rows = []
    for provider in providers:
        for model in provider.models(assume(provider, {})).values():
            unit = " a second" if model.kind == "video" else " each"
            rate = f"{dollars(model.rate)}{unit}" if model.rate else "-"
            names = _or(model.schema.get("properties", ()))
            rows.append((provider.name, model.id, model.kind, rate, names))
    _print(("provider", "model", "makes", "USD", "parameters"), rows)


def assumptions(listed: Iterable[Assumption]) -> None:
    """Every assumption: its id, its choices, and why."""
    rows = [
        (
            one.id,
            one.default,
            ", ".join(one.alternatives) or "-",
            one.evidence,
            one.text,
            one.source,
        )
        for one in listed
    ]
    _print(("id", "default", "alternatives", "evidence", "what is open", "source"), rows)


def faults(known: Mapping[str, type[Deed]]) -> None:
    """Every fault: what a client sees of it, what it takes, where it can strike.

    A person gets the first columns; the rest is in what is shown of one.
    """
    rows = [_about(name, cls) for name, cls in known.items()]
    head = ("family", "name", "what a client sees", "takes", "phase", "strikes", "example")
    if Console().is_terminal:
        _print(("family", "name", *head[2:4], "example"), [(*row[:4], row[6]) for row in rows])
        click.echo("`understudy faults NAME` shows all of one.")
    else:
        _print(head, rows)


def _about(name: str, cls: type[Deed]) -> tuple[str, ...]:
    takes = [f"{one.name}={one.default}: {one.text}" for one in deeds.arguments(cls)]
    return (
        cls.family.value,
        name,
        deeds.tells(cls),
        " ".join(takes) or "-",
        ", ".join(cls.phases),
        deeds.place(cls),
        deeds.example(name, cls),
    )


def fault(name: str, cls: type[Deed]) -> None:
    """One fault in full, with an example for a scenario."""
    click.echo(f"{name} ({cls.family.value})\n\n{deeds.tells(cls)}")
    for one in deeds.arguments(cls):
        click.echo(f"\n  {one.name} = {one.default}\n      {one.text}")
    phases = " or ".join(cls.phases)
    click.echo(f"\nStrikes {phases} the call has its effect, on {deeds.place(cls)}.")
    click.echo(f"\nfaults:\n  - {deeds.example(name, cls)}")


def scenarios(known: Mapping[str, Path]) -> None:
    """Every named scenario, and the first comment in it."""
    _print(("name", "what it is for"), [(name, about(path) or "-") for name, path in known.items()])


def good(name: str, scenario: Scenario) -> None:
    """A scenario file that is good, and what it says in short."""
    parts = [f"seed {scenario.seed}", f"{scenario.pace.mode.value} clock"]
    for found, what in (
        (scenario.plans, "plan"),
        (scenario.faults, "fault"),
        (scenario.assumptions, "assumption"),
        (scenario.keys, "key"),
    ):
        if found:
            parts.append(f"{len(found)} {what}{'s' if len(found) > 1 else ''}")
    if scenario.chaos is not None:
        parts.append(f"chaos in {_or(sorted(scenario.chaos.rates))}")
    click.echo(f"{name}: good ({', '.join(parts)})")


def _or(words: Iterable[str]) -> str:
    return ", ".join(words) or "-"


def _print(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A table for a person; for a pipe, a line for each row, with tabs."""
    console = Console()
    if not console.is_terminal:
        for row in (head, *rows):
            click.echo("\t".join(row))
        return
    table = Table(show_lines=True)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
