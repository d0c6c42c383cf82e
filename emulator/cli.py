"""The command line: serve, run, ca, models, assumptions, faults, scenario.

Wrong input is one clear line and exit code 2.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import click

import emulator.providers.registry as registry
from emulator import __version__, show
from emulator.cli_world import BadUse, of_a_world, scenario_of
from emulator.core.bad import hint
from emulator.faults import catalogue
from emulator.log.opening import Sync
from emulator.log.rows import BadLog
from emulator.media import Apart, Store
from emulator.server import lines
from emulator.server.app import App
from emulator.server.clock import machine_time
from emulator.server.files import RENDERERS
from emulator.server.hosts import loopback
from emulator.server.injector import Injector
from emulator.server.run import Server, listen, origin
from emulator.server.stage import Limits, Stage

if TYPE_CHECKING:
    from emulator.server.durable import Durable

PROXY = 8788
"""The usual port of the proxy of `serve --tls`."""


OWN = {
    "run": "emulator.cli_run:run",
    "ca": "emulator.cli_run:ca",
    "scenario": "emulator.cli_scenario:scenario",
}
"""Commands that are written elsewhere."""


class Commands(click.Group):
    """Commands of ours, and those that others register. Each is imported when it is called, so that
    none delays another's start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted({*super().list_commands(ctx), *_elsewhere()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        found = super().get_command(ctx, cmd_name)
        if found is None and (point := _elsewhere().get(cmd_name)) is not None:
            found = point.load()
        return found


def _elsewhere() -> dict[str, EntryPoint]:
    registered = entry_points(group="understudy.commands")
    own = (EntryPoint(name, value, "understudy.commands") for name, value in OWN.items())
    return {one.name: one for one in (*registered, *own)}


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
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
@click.option(
    "--keep",
    type=click.IntRange(0),
    show_default="100000, and 1000 exchanges",
    help="Ended jobs and exchanges that a world remembers; the oldest go first.",
)
@click.option("--control-token", help="What /_understudy asks for on any host but loopback.")
@click.option(
    "--no-call-faults",
    is_flag=True,
    help="Refuse calls that bring a fault or a plan along in a header.",
)
@click.option("--tls", is_flag=True, help="A proxy for the providers' own hosts, too.")
@click.option(
    "--proxy-port", type=click.IntRange(0, 65535), show_default="8788", help="Its port, with --tls."
)
@click.option("--log", type=click.Path(dir_okay=False), help="A file that keeps all worlds.")
@click.option(
    "--sync",
    type=click.Choice([one.value for one in Sync]),
    default=Sync.BATCH.value,
    help="With --log: what an answered call survives, a kill (batch) or a loss of power (always).",
)
@click.option("--verbose", is_flag=True, help="A line for each call.")
@click.option(
    "--log-format",
    type=click.Choice([one.value for one in lines.Form]),
    default=lines.Form.TEXT.value,
    help="How lines on standard error look: text, or a JSON object each.",
)
def serve(host: str, port: int, verbose: bool, no_call_faults: bool, **given: Any) -> None:
    """Run the emulator until it is stopped."""
    chosen, way_in = scenario_of(given), given["proxy_port"]
    if way_in is not None and not given["tls"]:
        raise BadUse("--proxy-port is for the proxy of --tls, which is not asked for")
    keys = _keys(given["keys"])
    _many_connections()
    lines.begin(lines.Form(given["log_format"]), verbose=verbose)
    bound = _bound(host, port, "--port")
    exchanges = Limits().exchanges if given["keep"] is None else given["keep"]
    limits = Limits(worlds=given["max_worlds"], exchanges=exchanges)
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
        store=Store(draw=(apart := Apart(RENDERERS)).render),
    )

    def ready() -> None:
        show.ready(url, stage, key, closed=guarded and token is None)

    with bound, closing(apart), suppress(KeyboardInterrupt):
        if given["tls"]:
            proxy = _bound("127.0.0.1", PROXY if way_in is None else way_in, "--proxy-port")
            from emulator.door.errands import standing

            standing(app, bound, proxy, ready)
        else:
            Server(app, ready=ready).run(sockets=[bound])


def kept(path: str, sync: Sync, machine: Callable[[], int]) -> Durable:
    """The log in that file. BadUse if it cannot be had."""
    from emulator.log.sqlite import SqliteStore
    from emulator.server.durable import Durable

    try:
        store = SqliteStore(path, sync=sync)
    except BadLog as error:
        raise BadUse(str(error)) from None
    if store.torn:
        lines.log.warning(
            "%s was damaged: %d transactions at its end are lost%s",
            *(path, store.torn, f"; what stood there is in {store.aside}" if store.aside else ""),
        )
    return Durable(store, machine)


def _many_connections() -> None:
    """Let as many connections be open as the system allows: each takes a file descriptor."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _bound(host: str, port: int, option: str) -> socket.socket:
    try:
        bound = listen(host, port)
        bound.listen()
        return bound
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


def main() -> None:
    """Run the command line; wrong usage is one line on standard error."""
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
