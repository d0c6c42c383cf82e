"""One run from beginning to end: find or start what is loaded, drive it, judge, report."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from emulator.cli_world import BadUse
from emulator.core.clock import Mode
from emulator.core.money import dollars
from emulator.core.scenario import Scenario
from emulator.load import after, own, report, swarm, target
from emulator.load.settings import Settings
from emulator.load.target import Closed, Target
from emulator.load.web import Unreachable
from emulator.scenarios import written
from emulator.server.stage import connection_fault

LEAST = 5.0
"""Seconds of the machine's time that a job has at least, however fast the world's clock is."""
QUICKEST = 0.05
"""Seconds of the machine's time between polls, at least."""
BROKEN, FAILED = 1, 3
"""Exit codes: the target did wrong; the load generator itself failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was asked for. `every` and `deadline` are seconds of the world's time; `chosen` says
    that the world was described on purpose."""

    provider: str
    url: str | None
    key: str | None
    token: str | None
    scenario: Scenario
    chosen: bool
    mix: Mapping[str, int]
    every: float
    deadline: float
    stages: tuple[tuple[float, int], ...]
    body: Mapping[str, Any]
    download: bool
    retry_lost: bool
    shape: swarm.Shape
    file: Path | None


@dataclass(slots=True)
class Scene:
    """What is loaded, and what is to be remarked about it."""

    target: Target
    run: str
    speed: float = 1.0
    remarks: list[str] = field(default_factory=list)


def drive(plan: Plan) -> int:
    """Do it; the exit code."""
    with ExitStack() as stack:
        scene = _scene(plan, stack)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-load-"))
        settings = _settings(plan, scene, f"{folder}/seen.json")
        then = after.before(scene.target)
        _announce(plan, scene, settings)
        shape = plan.shape
        if shape.processes > 1:
            shape = replace(shape, port=_free_port())
        code = swarm.run(shape, settings)
        seen = swarm.seen(settings)
        if seen is None and code == swarm.INTERRUPTED:
            click.echo("understudy: interrupted before it began", err=True)
            return code
        if seen is None:
            click.echo(
                f"understudy: the users' process ended with {code}, and said nothing", err=True
            )
            return FAILED
        try:
            jobs, money = after.judge(scene.target, then, seen, settings.deadline)
        except (Unreachable, Closed) as error:
            click.echo(f"understudy: the run cannot be judged: {error}", err=True)
            return FAILED
    if seen["crashes"]:
        scene.remarks.append(f"A user crashed {seen['crashes']} times: please report it.")
    if seen["lost_workers"]:
        names = ", ".join(seen["lost_workers"])
        scene.remarks.append(
            f"These workers never said their last; their jobs are unclaimed: {names}"
        )
    return _tell(plan, scene, seen, jobs, money)


def _tell(plan: Plan, scene: Scene, seen: Mapping[str, Any], jobs: Any, money: Any) -> int:
    told = report.Report(
        provider=plan.provider,
        url=scene.target.url,
        mix=plan.mix,
        seen={name: value for name, value in seen.items() if name != "notes"},
        jobs=jobs,
        money=money,
        remarks=scene.remarks,
    )
    report.show(told, Console())
    if plan.file is not None:
        plan.file.write_text(json.dumps(report.data(told), indent=2) + "\n")
    return BROKEN if told.broken else 0


def _scene(plan: Plan, stack: ExitStack) -> Scene:
    """Find or start what is loaded."""
    run = f"{time.time_ns():x}"
    url = plan.url or stack.enter_context(own.emulator())
    key = plan.key or ("load" if plan.url is None else f"load-{run}")
    found = Target(provider=plan.provider, url=url, key=key, token=plan.token)
    if not target.understudy(url):
        if plan.chosen:
            raise BadUse(f"{url} is no Understudy: its world cannot be chosen")
        return Scene(found, run, remarks=[f"{url} is no Understudy: its ledger is not known."])
    found = replace(found, control=url)
    try:
        if plan.key is None:
            served = target.make(
                url,
                key,
                plan.token,
                written(plan.scenario),
                own=connection_fault(plan.scenario) is not None,
            )
            found = replace(found, url=served)
        else:
            found.touch()
        mode, speed = found.pace()
    except Closed as error:
        why = f"The control plane is not open to this run, so no ledger is known: {error}"
        return Scene(replace(found, control=""), run, remarks=[why])
    if mode == Mode.MANUAL:
        raise BadUse("the world's clock stands still, so no job would ever end")
    return Scene(found, run, speed)


def _settings(plan: Plan, scene: Scene, out: str) -> Settings:
    return Settings(
        provider=plan.provider,
        url=scene.target.url,
        key=scene.target.key,
        run=scene.run,
        mix=plan.mix,
        poll=max(QUICKEST, plan.every / scene.speed),
        deadline=max(LEAST, plan.deadline / scene.speed),
        body=plan.body,
        stages=plan.stages,
        download=plan.download,
        retry_lost=plan.retry_lost,
        out=out,
    )


def _announce(plan: Plan, scene: Scene, settings: Settings) -> None:
    shape, mix = plan.shape, ", ".join(f"{kind} {share}" for kind, share in plan.mix.items())
    whose = "of its own" if plan.url is None else "that was there"
    click.echo(f"Loading {plan.provider} at {settings.url}, an address {whose}; users: {mix}")
    if plan.key is None and scene.target.control:
        balance = dollars(plan.scenario.balance)
        click.echo(f"A world was made for this run, with {balance} USD in each account")
    click.echo(
        f"A poll every {settings.poll:g} s of this machine's time; a job that has not ended after"
        f" {settings.deadline:g} s is lost"
    )
    if shape.page is not None:
        click.echo(f"Locust's page is at http://127.0.0.1:{shape.page}; Ctrl-C ends it and judges")
    if shape.workers:
        click.echo(
            f"Waiting for {shape.workers} of: understudy load {plan.provider} --worker"
            f" --url {settings.url} --master-port {shape.port}"
        )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
