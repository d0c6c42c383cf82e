"""The command line for scenarios: check, schema, list, export."""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit

import click

from emulator import scenarios, show
from emulator.scenarios import BadScenario
from emulator.server.hosts import loopback

LONGEST = 10
"""Seconds to wait for a server."""


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
    click.echo(_asked(world, url, control_token), nl=False)


def _asked(world: str, url: str, token: str | None) -> str:
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError as error:
        raise click.ClickException(f"--url: {url!r} is no address: {error}") from None
    if scheme not in ("http", "https") or not host:
        raise click.ClickException(f"--url: {url!r} is no address, such as http://127.0.0.1:8787")
    if token is None and not loopback(host):
        raise click.ClickException(f"--url: {host} is another machine: --control-token is needed")
    path = f"{url.rstrip('/')}/_understudy/worlds/{quote(world, safe='')}/scenario"
    headers = {} if token is None else {"X-Understudy-Token": token}
    # No proxy that the environment names: on the way to this machine there is none.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(path, headers=headers), timeout=LONGEST) as answer:
            return str(answer.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        raise click.ClickException(f"{url} answers {error.code}: {_said(error)}") from None
    except urllib.error.URLError as error:
        why = getattr(error.reason, "strerror", None) or error.reason
        raise click.ClickException(f"nothing answers at {url}: {why}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise click.ClickException(f"{url} gives no scenario: {error!r}") from None


def _said(error: urllib.error.HTTPError) -> Any:
    """The words in an answer of the control plane; the status's own where it is not one."""
    try:
        return json.loads(error.read())["error"]["message"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return error.reason
