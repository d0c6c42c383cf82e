"""The command line: serve, run, ca, models, assumptions, faults, scenario.

Wrong input is one clear line and exit code 2.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import entry_points
from typing import Any

import click

import emulator.providers.registry as registry
from emulator import __version__, show
from emulator.cli_run import ca, run
from emulator.cli_scenario import scenario
from emulator.cli_world import BadUse, of_a_world, scenario_of
from emulator.core.bad import hint
from emulator.door.errands import standing
from emulator.faults import catalogue
from emulator.log.opening import Sync
from emulator.log.rows import BadLog
from emulator.log.sqlite import SqliteStore
from emulator.server.app import App
from emulator.server.clock import machine_time
from emulator.server.durable import Durable
from emulator.server.hosts import loopback
from emulator.server.injector import Injector
from emulator.server.run import Server, listen, origin
from emulator.server.stage import Limits, Stage


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, prog_name="understudy")
def app() -> None:
    """Stands in for the Oxen hub's and Omixa's video APIs, offline and deterministic."""


@app.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port", default=8787, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@of_a_world
@click.option("--keys", help="The only API keys that are accepted: KEY,…")
@click.option(
    "--max-worlds",
    default=Limits().worlds,
    type=click.IntRange(1),
    help="Worlds kept; the one idle longest makes room.",
)
@click.option("--control-token", help="What /_understudy asks for on any host but loopback.")
@click.option(
    "--no-call-faults",
    is_flag=True,
    help="Refuse calls that bring a fault or a plan along in a header.",
)
@click.option("--tls", is_flag=True, help="A proxy for the providers' own hosts, too.")
@click.option(
    "--proxy-port", default=8788, type=click.IntRange(0, 65535), help="Its port, with --tls."
)
@click.option("--log", type=click.Path(dir_okay=False), help="A file that keeps all worlds.")
@click.option(
    "--sync",
    type=click.Choice([one.value for one in Sync]),
    default=Sync.BATCH.value,
    help="With --log: what an answered call survives, a kill (batch) or a loss of power (always).",
)
@click.option("--verbose", is_flag=True, help="A line for each call.")
def serve(host: str, port: int, verbose: bool, no_call_faults: bool, **given: Any) -> None:
    """Run the emulator until it is stopped."""
    chosen = scenario_of(given)
    keys = _keys(given["keys"])
    _log(verbose=verbose)
    bound = _bound(host, port, "--port")
    limits = Limits(worlds=given["max_worlds"])
    machine = machine_time()
    durable = given["log"] and kept(given["log"], Sync(given["sync"]), machine)
    try:
        stage = Stage(
            chosen, registry.providers(), keys=keys, limits=limits, machine=machine, log=durable
        )
        if durable:
            durable.restore(stage)
    except ValueError as error:
        raise BadUse(str(error)) from None
    url = origin(host, bound.getsockname()[1])
    key = "$UNDERSTUDY_KEY" if keys else "dev"
    token = given["control_token"]
    if token == "":
        raise BadUse("--control-token is empty; is the variable set that it comes from?")
    guarded = token is not None or not loopback(host)
    app = App(
        stage,
        token=token,
        guarded=guarded,
        injector=Injector(headers=loopback(host) and not no_call_faults),
    )

    def ready() -> None:
        show.ready(url, stage, key, closed=guarded and token is None)

    with bound, suppress(KeyboardInterrupt):
        if given["tls"]:
            standing(app, bound, _bound("127.0.0.1", given["proxy_port"], "--proxy-port"), ready)
        else:
            Server(app, ready=ready).run(sockets=[bound])


def kept(path: str, sync: Sync, machine: Callable[[], int]) -> Durable:
    """The log in that file. BadUse if it cannot be had."""
    try:
        store = SqliteStore(path, sync=sync)
    except BadLog as error:
        raise BadUse(str(error)) from None
    if store.torn:
        click.echo(
            f"understudy: {path} was damaged: {store.torn} transactions at its end are lost"
            + (f"; what stood there is in {store.aside}" if store.aside else ""),
            err=True,
        )
    return Durable(store, machine)


def _bound(host: str, port: int, option: str) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise BadUse(
            f"cannot listen on {host} port {port}: {error.strerror or error};"
            f" {option} 0 takes a free one"
        ) from None


@app.command()
def models() -> None:
    """The models of both providers: kind, rate and parameters."""
    show.models(registry.providers().values())


@app.command()
def assumptions() -> None:
    """Every behaviour that the vendors' documents leave open, its default and alternatives."""
    show.assumptions(registry.assumptions())


@app.command()
@click.argument("name", required=False)
def faults(name: str | None) -> None:
    """Everything that can go wrong on purpose; with a NAME, all about that one."""
    known = catalogue()
    if name is None:
        show.faults(known)
    elif name in known:
        show.fault(name, known[name])
    else:
        near = hint(name, known)
        raise BadUse(f"there is no fault {name!r}; `understudy faults` lists them{near}")


app.add_command(scenario)
app.add_command(run)
app.add_command(ca)


def main() -> None:
    """Run the command line; wrong usage is one line on standard error."""
    for one in entry_points(group="understudy.commands"):
        app.add_command(one.load())
    try:
        sys.exit(app(prog_name="understudy", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"understudy: {error.format_message()}", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


def _keys(listed: str | None) -> frozenset[str] | None:
    if listed is None:
        return None
    keys = frozenset(filter(None, (key.strip() for key in listed.split(","))))
    if not keys:
        raise BadUse("--keys wants at least one key, such as --keys dev,ci")
    return keys


def _log(*, verbose: bool) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("understudy").setLevel(logging.DEBUG if verbose else logging.WARNING)
