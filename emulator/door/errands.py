"""A program that cannot be pointed elsewhere, run against an emulator of its own."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from emulator.core.scenario import Scenario
from emulator.door.authority import Authority
from emulator.door.came import report
from emulator.door.errand import Errand
from emulator.door.housing import House, HouseServer
from emulator.door.sandbox import NoSandbox, Sandbox, cannot
from emulator.door.variables import keys, trust, unproxied, way
from emulator.server.app import App
from emulator.server.run import origin


def proxied(
    command: Sequence[str], scenario: Scenario, *, allowed: frozenset[str] = frozenset()
) -> int:
    """Run a program against an emulator of its own, behind a proxy, say on stderr what came of it,
    and give its exit code. Raises Unstarted."""
    authority = Authority()
    with (
        Errand() as sent,
        TemporaryDirectory(prefix="understudy-") as folder,
        House(scenario, authority, allowed=allowed) as house,
    ):
        trusted = trust(authority, Path(folder))
        sent.start(command, {**os.environ, **trusted, **way(house.proxy), **keys(os.environ)})
        return _ended(sent, house)


def sandboxed(command: Sequence[str], scenario: Scenario) -> int:
    """The same in a sandbox, where there is no other network. Raises NoSandbox, too."""
    authority = Authority()
    with Errand() as sent, TemporaryDirectory(prefix="understudy-") as name:
        folder = Path(name)
        trusted, sandbox = trust(authority, folder), Sandbox(folder, authority)
        with House(scenario, authority, inside=folder / "inside") as house:
            assert house.inside is not None
            sent.start(
                sandbox.wrapped(command, house.inside.path),
                {**unproxied(os.environ), **trusted, **keys(os.environ)},
            )
            code = _ended(sent, house)
            if not house.inside.entered:
                raise NoSandbox(cannot(house.inside.why))
            return code


def standing(
    app: App, bound: socket.socket, proxy: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve an application until it is stopped, with a proxy beside it, and print the variables
    that bring a client there."""
    authority = Authority()
    with TemporaryDirectory(prefix="understudy-") as folder, proxy:
        way_in = way(origin("127.0.0.1", proxy.getsockname()[1]))
        given = {**trust(authority, Path(folder)), **way_in}

        def told() -> None:
            ready()
            lines = (f"export {name}={shlex.quote(value)}" for name, value in given.items())
            click.echo(
                "\n".join(["\n# The providers' own hosts, for whoever exports this:", *lines])
            )

        HouseServer(app, authority, proxy, ready=told).run(sockets=[bound])


def _ended(sent: Errand, house: House) -> int:
    code = sent.end()
    came = house.ask(lambda: report(list(house.stage.worlds.values()), house.door.refused))
    click.echo(f"\n{came}", err=True)
    return code
