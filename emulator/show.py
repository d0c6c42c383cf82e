"""What the command line prints: the ready line, and tables of models and assumptions."""

from __future__ import annotations

from collections.abc import Iterable

import click
import orjson
from rich.console import Console
from rich.table import Table

from emulator.core.assumptions import Assumption
from emulator.core.money import dollars
from emulator.providers.port import Provider
from emulator.providers.registry import assume
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
