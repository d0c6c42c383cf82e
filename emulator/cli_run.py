"""The command line for clients that cannot be pointed elsewhere: run, and ca."""

from __future__ import annotations

import logging
import re
import sys
from ipaddress import ip_address
from typing import Any

import click

from emulator.cli_asking import ask
from emulator.cli_world import BadUse, of_a_world, scenario_of
from emulator.core.clock import Mode
from emulator.door.asked import plain
from emulator.door.errand import Unstarted
from emulator.door.errands import proxied, sandboxed, tell
from emulator.door.hosts import hosts
from emulator.door.sandbox import NoSandbox

LINUX = "linux"
"""What runs programs as they are: it alone tells who sent a signal, and has namespaces."""

NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


@click.command(context_settings={"allow_interspersed_args": False})
@of_a_world
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="HOST",
    help="Let the program reach this host, too; repeatable.",
)
@click.option("--sandbox", is_flag=True, help="For programs that heed no proxy: a network apart.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def run(allowed: tuple[str, ...], sandbox: bool, command: tuple[str, ...], **given: Any) -> None:
    """Run a program as it is: whatever it asks a provider's own host for, the emulator answers.

    It finds a proxy, and the certificate of an authority made for this run, in its environment; or,
    in a --sandbox, a network in which the providers' hosts are here, and no others are. Its exit
    code is the program's. At the end stderr has the calls, the jobs, the invoice, and every host
    that the program was refused.
    """
    if not command or not command[0]:
        raise BadUse("say which program: understudy run -- python my_client.py")
    if sys.platform != LINUX:
        raise BadUse("run needs Linux; elsewhere there is `understudy serve --tls`")
    chosen = scenario_of(given)
    if chosen.pace.mode is Mode.MANUAL:
        raise BadUse(
            "nobody could move a manual clock while the program runs;"
            " --clock real and --clock auto go by themselves"
        )
    hosts_allowed = frozenset(map(_host, allowed))
    if sandbox and allowed:
        raise BadUse("a sandbox has no way out: --allow is for the proxy alone")
    # Nothing of ours is to stand amid what the program says.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        if sandbox:
            code = sandboxed(command, chosen)
        else:
            code = proxied(command, chosen, allowed=hosts_allowed)
    except Unstarted as error:
        tell(f"understudy: {error.strerror}")
        code = error.code
    except (NoSandbox, ValueError) as error:
        raise BadUse(str(error)) from None
    except OSError as error:
        raise BadUse(f"it cannot be run here: {error.strerror or error}") from None
    sys.exit(code)


def _host(given: str) -> str:
    """A host that is let through, as it is compared; BadUse if it is none, or a provider's."""
    host = plain(given)
    if host in hosts():
        raise BadUse(f"{given} is a provider's own, and always here; it cannot be let through")
    try:
        return str(ip_address(host))
    except ValueError:
        if NAME.fullmatch(host) is None:
            raise BadUse(
                f"--allow wants the bare name or the address of a host, such as example.com, not"
                f" {given!r}"
            ) from None
    return host


@click.command()
@click.option("--url", default="http://127.0.0.1:8787", help="Where `serve --tls` listens.")
def ca(url: str) -> None:
    """Show the certificate of a service that `serve --tls` runs."""
    try:
        click.echo(ask(url, "/ca"), nl=False)
    except BadUse as error:
        if " answers 404" in error.message:
            raise BadUse(f"the service at {url} runs without --tls") from None
        raise
