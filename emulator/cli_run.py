"""The command line for clients that cannot be pointed elsewhere: run, and ca."""

from __future__ import annotations

import sys
from typing import Any

import click

from emulator.cli_asking import ask
from emulator.cli_world import BadUse, of_a_world, scenario_of
from emulator.door.errand import Unstarted
from emulator.door.errands import proxied, sandboxed
from emulator.door.hosts import hosts
from emulator.door.sandbox import NoSandbox


@click.command(context_settings={"ignore_unknown_options": False})
@of_a_world
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="HOST",
    help="Let the program reach this host, too; repeatable.",
)
@click.option("--sandbox", is_flag=True, help="For programs that heed no proxy: a network apart.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(allowed: tuple[str, ...], sandbox: bool, command: tuple[str, ...], **given: Any) -> None:
    """Run a program as it is: whatever it asks a provider's own host for, the emulator answers.

    It finds a proxy, and the certificate of an authority made for this run, in its environment; or,
    in a --sandbox, a network in which the providers' hosts are here, and no others are. Its exit
    code is the program's. At the end stderr has the calls, the jobs, the invoice, and every host
    that the program was refused.
    """
    chosen = scenario_of(given)
    for host in allowed:
        if host.lower() in hosts():
            raise BadUse(f"{host} is a provider's own, and always here; it cannot be let through")
    if sandbox and allowed:
        raise BadUse("a sandbox has no way out: --allow is for the proxy alone")
    try:
        if sandbox:
            code = sandboxed(command, chosen)
        else:
            code = proxied(command, chosen, allowed=frozenset(map(str.lower, allowed)))
    except Unstarted as error:
        click.echo(f"understudy: {error.strerror}", err=True)
        code = error.code
    except (NoSandbox, ValueError) as error:
        raise BadUse(str(error)) from None
    sys.exit(code)


@click.command()
@click.option("--url", default="http://127.0.0.1:8787", help="Where `serve --tls` listens.")
def ca(url: str) -> None:
    """Show the certificate of a service that `serve --tls` runs."""
    click.echo(ask(url, "/ca"), nl=False)
