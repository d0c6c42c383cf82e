"""A program that cannot be pointed elsewhere, run against an emulator of its own."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import click

from emulator.core.scenario import Scenario
from emulator.door.apart import NoNamespaces, cure
from emulator.door.authority import Authority
from emulator.door.came import HEEDLESS, NONE, report
from emulator.door.errand import NOT_FOUND, Errand
from emulator.door.fence import OPEN, fence
from emulator.door.housing import House, HouseServer
from emulator.door.sandbox import NoSandbox, Sandbox, cannot
from emulator.door.variables import keys, trust, unproxied, way
from emulator.server.app import App
from emulator.server.run import origin

STOPS = ("SIGTERM", "SIGHUP")
"""The signals that end a standing service, besides Ctrl-C."""


def tell(text: str) -> None:
    """Say it on stderr, if it can be said there: the program's exit code counts for more."""
    try:
        click.echo(text, err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def proxied(
    command: Sequence[str], scenario: Scenario, *, allowed: frozenset[str] = frozenset()
) -> int:
    """Run a program against an emulator of its own, behind a proxy, say on stderr what came of it,
    and give its exit code. Raises Unstarted."""
    authority = Authority()
    with (
        Errand() as sent,
        TemporaryDirectory(prefix="understudy-") as name,
        House(scenario, authority, allowed=allowed) as house,
    ):
        folder = Path(name)
        trusted = trust(authority, folder, others=bool(allowed))
        given = {**unproxied(os.environ), **trusted, **way(house.proxy), **keys(os.environ)}
        sent.start(command, given, _fenced(folder))
        code = sent.end()
        tell(f"\n{_came(house, HEEDLESS)}")
        return code


def sandboxed(command: Sequence[str], scenario: Scenario) -> int:
    """The same in a sandbox, where there is no other network. Raises NoSandbox, too."""
    authority = Authority()
    with Errand() as sent, TemporaryDirectory(prefix="understudy-") as name:
        folder = Path(name)
        trusted, sandbox = trust(authority, folder), Sandbox(folder, authority)
        with House(scenario, authority, inside=folder / "inside") as house:
            assert house.inside is not None
            given = {**unproxied(os.environ), **trusted, **keys(os.environ)}
            sent.start(command, given, sandbox.wrapped((), house.inside.path))
            code = sent.end()
            if house.inside.entered:
                tell(f"\n{_came(house, NONE)}")
            elif house.inside.why or code <= NOT_FOUND:
                why = house.inside.why or f"what sets it up ended with {code}"
                raise NoSandbox(cannot(why, cure()))
            return code


def standing(
    app: App, bound: socket.socket, proxy: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve an application until it is stopped, with a proxy beside it, and print the variables
    that bring a client there."""
    authority, heard = Authority(), list[int]()

    def stop(number: int, _: FrameType | None) -> None:
        heard.append(number)
        server.should_exit = True

    def told() -> None:
        ready()
        lines = [f"export {name}={shlex.quote(value)}" for name, value in given.items()]
        click.echo("\n# The providers' own hosts, for whoever exports this:")
        click.echo("\n".join([*lines, "# And back again:", f"unset {' '.join(given)}"]))

    server = HouseServer(app, authority, proxy, ready=told)
    for number in (getattr(signal, name) for name in STOPS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    with TemporaryDirectory(prefix="understudy-") as folder, proxy:
        given = {
            **trust(authority, Path(folder)),
            **way(origin("127.0.0.1", proxy.getsockname()[1])),
            **(keys(os.environ) if app.stage.keys is None else {}),
        }
        server.run(sockets=[bound])
    if heard:
        sys.exit(128 + heard[0])


def _fenced(folder: Path) -> list[str]:
    """What stands before a command that is not to reach the real hosts; nothing where there can be
    no such thing, and then it is said."""
    try:
        return fence(folder)
    except NoNamespaces as error:
        tell(OPEN.format(error))
        return []


def _came(house: House, nothing: str) -> str:
    return house.ask(lambda: report(house.stage, house.door, nothing))
