"""What the command line prints: the ready line, and tables of models and assumptions."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from rich.console import Console
from rich.table import Table

from emulator.core.assumptions import Assumption
from emulator.core.money import dollars
from emulator.providers.port import Provider
from emulator.providers.registry import assume
from emulator.server.stage import Stage


def ready(url: str, stage: Stage, key: str) -> None:
    """The one ready line, and a call to copy for each provider."""
    print(f"Understudy is ready at {url}", flush=True)  # noqa: T201
    for provider in stage.providers.values():
        method, path, body = provider.sample
        print(  # noqa: T201
            f"\n# {provider.title}\n"
            f"curl -X {method} {url}{path} -H 'Authorization: Bearer {key}'"
            f" -H 'Content-Type: application/json' -d '{orjson.dumps(body).decode()}'",
            flush=True,
        )


def models(providers: Iterable[Provider]) -> None:
    """A table of every model."""
    table = Table("provider", "model", "makes", "USD", "parameters")
    for provider in providers:
        for model in provider.models(assume(provider, {})).values():
            unit = " a second" if model.kind == "video" else " each"
            rate = f"{dollars(model.rate)}{unit}" if model.rate else "-"
            names = ", ".join(model.schema.get("properties", {})) or "see the provider's fields"
            table.add_row(provider.name, model.id, model.kind, rate, names)
    _print(table)


def assumptions(listed: Iterable[Assumption]) -> None:
    """A table of every assumption."""
    table = Table("id", "default", "alternatives", "evidence", "what is open, and the source")
    for one in listed:
        alternatives = ", ".join(one.alternatives) or "-"
        table.add_row(
            one.id, one.default, alternatives, one.evidence, f"{one.text}\n({one.source})"
        )
    _print(table)


def _print(table: Table) -> None:
    """A table for a person; wide enough for a machine when nobody looks."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(table)
