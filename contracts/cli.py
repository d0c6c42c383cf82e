"""The commands of the grader: grade, replay and recheck. They register with the emulator's command
line."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PROVIDERS = ("oxen", "omixa")
FILE = click.Path(path_type=Path)
CLIENT = ("command", "name", "worker", "unchanged", "sandbox", "capabilities", "pattern", "jobs")
REPORTS = ("out", "data", "junit", "sarif", "html", "baseline")


class Played(click.Command):
    """A command whose last words are a program and its arguments: from the program on, no option is
    one of ours, whether `--` stands before it or not."""

    allow_interspersed_args = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the options on both sides of the first word for ours, and no others."""
        try:
            before, words = self._split(ctx, args)
            after, command = self._split(ctx, words[1:])
        except click.NoSuchOption as error:
            said = error.format_message().rstrip(".")
            raise click.UsageError(
                f"{said}{'' if said.endswith(('?', ')')) else '.'} Options of the program's own"
                " stand after --.",
                ctx,
            ) from None
        end = ["--", *words[:1], *command] if words else []
        return super().parse_args(ctx, [*before, *after, *end])

    def _split(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The options that the arguments begin with, and the rest without its `--`."""
        found, _, _ = self.make_parser(ctx).parse_args(list(args))
        first, more = (
            found.get(one.name) for one in self.params if one.param_type_name == "argument"
        )
        count = isinstance(first, str) + (len(more) if isinstance(more, tuple) else 0)
        options, rest = args[: len(args) - count], args[len(args) - count :]
        return (options[:-1] if options[-1:] == ["--"] else options), rest


def attached(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which client, on any command that plays one."""
    for option in reversed(
        (
            click.argument("command", nargs=-1, type=click.UNPROCESSED),
            click.option(
                "--subject",
                "name",
                metavar="PACKAGE.MODULE:CALLABLE",
                help="A Python client, sync or async: given an intent, it returns an outcome.",
            ),
            click.option("--worker", is_flag=True, help="The program stays up: a line, an answer."),
            click.option(
                "--unchanged",
                is_flag=True,
                help="The program knows the real hosts alone: it finds the emulator behind them.",
            ),
            click.option("--sandbox", is_flag=True, help="It heeds no proxy, with --unchanged."),
            click.option(
                "--capabilities",
                type=FILE,
                help="A file that lists what the client can do.",
            ),
            click.option(
                "--pattern",
                metavar="REGEX",
                help="Finds url, job and reason (named groups) in what the program prints.",
            ),
            click.option("--jobs", type=click.IntRange(1, 64), help="How many are played at once."),
            click.option(
                "--deadline",
                type=click.FloatRange(1, 86_400),
                help="Seconds that the client is given; 600, and for programs 30.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command(cls=Played)
@click.argument("provider", type=click.Choice(PROVIDERS))
@attached
@click.option("--profile", type=click.Choice(["gate", "hunt"]), default="gate", show_default=True)
@click.option("--minutes", type=click.FloatRange(0.01, 1440), help="How long a hunt goes on: 10.")
@click.option("--examples", type=click.IntRange(0, 100_000), help="Combinations that are drawn.")
@click.option("--seed", type=click.IntRange(0), help="What is drawn; a hunt prints its own.")
@click.option("--clause", "clauses", multiple=True, help="Judge only this clause; repeatable.")
@click.option("--only", multiple=True, metavar="GLOB", help="Play only cases of such a name.")
@click.option("--body", type=FILE, help="A JSON file: the request that the client is to make.")
@click.option("--out", type=FILE, help="A folder for the smallest cases, and all trials.")
@click.option("--json", "data", type=FILE, help="A report for programs.")
@click.option("--junit", type=FILE, help="A report for CI servers.")
@click.option("--sarif", type=FILE, help="A report for code scanning.")
@click.option("--html", type=FILE, help="A report for people: one page.")
@click.option("--baseline", type=FILE, help="Findings that are known, each with its reason.")
def grade(provider: str, **given: Any) -> None:
    """Grade a client: which clauses it breaks, and the smallest case for each.

    A Python client is run in a process of its own, where time, sockets and event loops are those of
    the trial; after `--` stands the command of a program, with options of its own. Exit code 0: all
    kept; 1: findings; 2: it was called wrongly, or the client made no call; 3: the harness itself
    failed; 130: it was interrupted, and the reports say what was found until then.
    """
    from contracts.running import Reports, run

    client = _client(given)
    reports = Reports(**{name: given.pop(name) for name in REPORTS})
    _end(lambda: run(client, provider, reports, **given))


@click.command(cls=Played)
@click.argument("file")
@attached
@click.option("--provider", type=click.Choice(PROVIDERS), default="oxen", show_default=True)
def replay(file: str, provider: str, **given: Any) -> None:
    """Play one case, or any scenario, with a client, and say which clauses it breaks there."""
    from contracts.running import again

    client = _client(given)
    _end(lambda: again(client, file, provider, **given))


@click.command()
@click.argument("folder", type=FILE)
@click.option("--capabilities", type=FILE, help="A file that lists what the client can do.")
def recheck(folder: Path, capabilities: Path | None) -> None:
    """Judge the saved trials of a folder once more, with the checks as they are now."""
    from contracts.running import rejudge

    _end(lambda: rejudge(folder, capabilities))


def _end(command: Callable[[], int]) -> None:
    """Do it, and exit: with a code of its own where the grader itself breaks, or is interrupted."""
    from contracts.running import HARNESS, INTERRUPTED

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        code = command()
    except KeyboardInterrupt:
        click.echo("understudy: interrupted", err=True)
        code = INTERRUPTED
    except Exception:
        traceback.print_exc()
        click.echo("understudy: the grader itself failed; nothing is said of the client", err=True)
        code = HARNESS
    sys.exit(code)


def _client(given: dict[str, Any]) -> Any:
    from contracts.client import Client

    return Client(**{name: given.pop(name) for name in CLIENT})
