"""`understudy load`: many users at once, and a report of what became of every job."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from emulator.cli_world import OPTIONS, BadUse, scenario_of
from emulator.core.money import usd
from emulator.core.scenario import Scenario
from emulator.load import ramp, settings, swarm
from emulator.load.dialects import DIALECTS
from emulator.load.own import NotStarted
from emulator.load.run import Plan, drive
from emulator.load.settings import KINDS, Settings
from emulator.load.signals import ENDS
from emulator.load.web import Unreachable, place
from emulator.server.hosts import loopback

T = TypeVar("T")

ENOUGH = usd("1000000.00")
"""What is in each account of a world that the run makes, unless something else is said."""
USUAL = "http://127.0.0.1:8787"
"""Where a worker finds the provider, unless it is told."""
FAILED = 3
"""The exit code where the load generator itself failed."""
SPAN = "SPAN"
WORLD = ("scenario", "speed", "seed", "balance")


def of_a_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a world that the run makes; its clock flows."""
    for option in reversed(OPTIONS[1:]):
        command = option(command)
    return command


@click.command()
@click.argument("provider", type=click.Choice(tuple(KINDS)))
@click.option("--url", help="What is loaded, on this machine; else an emulator of the run's own.")
@click.option("--key", help="The API key; else a new one, with a world of its own.")
@click.option("--control-token", help="What the control plane of --url asks for.")
@of_a_run
@click.option("--users", type=click.IntRange(1, ramp.MOST), show_default="10", help="How many.")
@click.option(
    "--spawn-rate",
    type=click.FloatRange(0, min_open=True),
    show_default="10",
    help="New users a second.",
)
@click.option("--time", "length", metavar=SPAN, show_default="30s", help="How long it goes on.")
@click.option("--ramp", "stages", metavar="SPAN:USERS,…", help="Stages instead: 10s:50,60s:200.")
@click.option(
    "--mix", metavar="KIND=N,…", show_default="poll=8,stream=1,sync=1", help="Who they are."
)
@click.option("--body", type=click.Path(path_type=Path), help="A JSON file: the request to make.")
@click.option(
    "--poll", metavar=SPAN, show_default="5s, as documented", help="Between polls, world time."
)
@click.option(
    "--deadline", metavar=SPAN, default="10m", help="World time that a job has; then it is lost."
)
@click.option("--download", is_flag=True, help="Fetch every result.")
@click.option("--retry-lost", is_flag=True, help="Naively submit again what was not answered.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="The report, for programs.")
@click.option("--ui", is_flag=True, help="Locust's web page; Ctrl-C ends it and judges.")
@click.option("--ui-port", default=8089, type=click.IntRange(1, 65535), help="Its port.")
@click.option("--processes", default=1, type=click.IntRange(1, 256), help="Processes of users.")
@click.option("--master", is_flag=True, help="Only lead; the users are those of workers.")
@click.option(
    "--workers", default=1, type=click.IntRange(1, 1000), help="Workers to wait for, with --master."
)
@click.option("--worker", is_flag=True, help="Only run users, for a master.")
@click.option("--master-host", default="127.0.0.1", help="Where it is, on this machine.")
@click.option("--master-port", default=5557, type=click.IntRange(1, 65535), help="Its port.")
def load(provider: str, **given: Any) -> None:
    """Load PROVIDER with many users at once, and judge what became of every job.

    Exit code 0: all is well; 1: jobs were lost or doubled, or the money does not agree; 2: it was
    called wrongly; 3: the load generator itself failed.
    """
    if not swarm.installed():
        raise BadUse("this needs Locust: pip install 'understudy[load]'")
    for number in ENDS:
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(_work(provider, given) if given["worker"] else drive(_plan(provider, given)))
    except Unreachable as error:
        raise BadUse(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(130)
    except NotStarted as error:
        click.echo(f"understudy: {error}", err=True)
        sys.exit(FAILED)


def _work(provider: str, given: dict[str, Any]) -> int:
    """Run users for a master, which says all but where they find the provider."""
    shape = swarm.Shape(
        worker=True,
        processes=given["processes"],
        host=_host(given["master_host"]),
        port=given["master_port"],
    )
    url = _read("--url", given["url"] or USUAL, place)
    click.echo(f"Waiting for what the master at {shape.host} port {shape.port} says, for {url}")
    mix = dict.fromkeys(KINDS[provider], 1)
    return swarm.run(
        shape, Settings(provider=provider, url=url, key="", run="", mix=mix, poll=1, deadline=60)
    )


def _host(host: str) -> str:
    if not loopback(host):
        raise BadUse(
            f"--master-host: {host} is not this machine; a master on another one is brought here"
            " with ssh -L"
        )
    return host


def _plan(provider: str, given: dict[str, Any]) -> Plan:
    shape, stages = _stages(given)
    made = [name for name in WORLD if given[name] is not None]
    if made and given["key"] is not None:
        raise BadUse(
            f"--{made[0]} is for a world that the run makes; --key names one that is there"
        )
    scenario, url = scenario_of({**given, "clock": None}), given["url"]
    if given["balance"] is None and scenario.balance == Scenario().balance:
        scenario = replace(scenario, balance=ENOUGH)
    return Plan(
        provider=provider,
        url=None if url is None else _read("--url", url, place),
        key=given["key"],
        token=given["control_token"],
        scenario=scenario,
        chosen=bool(made),
        mix=_read("--mix", given["mix"], lambda text: settings.mix(text, provider)),
        every=_read("--poll", given["poll"], settings.seconds, DIALECTS[provider].every),
        deadline=_read("--deadline", given["deadline"], settings.seconds),
        stages=stages,
        body=_body(given["body"]),
        download=given["download"],
        retry_lost=given["retry_lost"],
        shape=shape,
        file=given["file"],
    )


def _stages(given: dict[str, Any]) -> tuple[swarm.Shape, tuple[tuple[float, int], ...]]:
    """How the users' process runs, and the ramp; without one people say it on the page."""
    if given["master"] and given["processes"] > 1:
        raise BadUse("--processes starts workers of its own; --master waits for those of others")
    users, rate = given["users"] or 10, given["spawn_rate"] or 10.0
    shape = swarm.Shape(
        users=users,
        rate=rate,
        page=given["ui_port"] if given["ui"] else None,
        processes=given["processes"],
        workers=given["workers"] if given["master"] else 0,
        port=given["master_port"],
    )
    if given["stages"] is not None:
        others = [name for name in ("users", "spawn_rate", "length") if given[name] is not None]
        if others:
            raise BadUse(
                "--ramp says how many users there are and how long: not with "
                "--users, --spawn-rate or --time"
            )
        return shape, _read("--ramp", given["stages"], ramp.read).stages
    if given["ui"] and given["length"] is None:
        return shape, ()
    length = _read("--time", given["length"] or "30s", settings.seconds)
    return shape, ramp.steady(users, rate, length).stages


def _body(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        body = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BadUse(f"--body: {file} cannot be read: {error}") from None
    if not isinstance(body, dict):
        raise BadUse(f"--body: {file} is not an object")
    return body


def _read(option: str, given: Any, read: Callable[[Any], T], default: Any = None) -> Any:
    """What an option means; BadUse names it if that is nothing."""
    if given is None and default is not None:
        return default
    try:
        return read(given)
    except ValueError as error:
        raise BadUse(f"{option}: {error}") from None
