"""What the grader's commands do: attach, search, report, and the exit code."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from contracts.attach import attach
from contracts.capabilities import BadCapabilities, load, seen
from contracts.cases import load_case, page
from contracts.checks import judge
from contracts.cli import FINDINGS, HARNESS, KEPT, USAGE
from contracts.findings import Finding, clauses
from contracts.grade import Grade
from contracts.search import EXAMPLES, Profile, search
from contracts.subjects.subject import BadSubject
from emulator.scenarios import BadScenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What `understudy grade` was asked for."""

    provider: str
    command: tuple[str, ...]
    name: str | None = None
    worker: bool = False
    capabilities: Path | None = None
    pattern: str | None = None
    jobs: int | None = None
    deadline: float | None = None
    profile: str = "gate"
    minutes: float | None = None
    examples: int | None = None
    seed: int | None = None
    clauses: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    out: Path | None = None
    data: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    baseline: Path | None = None


def run(job: Job) -> int:
    try:
        abilities = None if job.capabilities is None else load(job.capabilities)
        troupe = attach(
            job.name,
            job.command,
            worker=job.worker,
            abilities=abilities,
            pattern=job.pattern,
            places=job.jobs,
        )
        profile = Profile(
            name=job.profile,
            seed=job.seed or 0,
            minutes=job.minutes,
            examples=EXAMPLES if job.examples is None else job.examples,
            only=job.only,
            clauses=frozenset(job.clauses),
            deadline_s=job.deadline,
        )
        with troupe:
            found = search(troupe, job.provider, profile)
    except (BadSubject, BadCapabilities) as error:
        click.echo(f"understudy: {error}", err=True)
        return USAGE
    for one in found.verdicts():
        line = f"{one.state:14} {one.occasions:6} {one.clause.id}"
        if one.broken:
            line += f"\n      {one.broken.finding.seen}\n      {one.broken.trial.case.name} {[(f.do, dict(f.args)) for f in one.broken.trial.case.scenario.faults]} minimal={one.broken.minimal}"
        click.echo(line)
    click.echo(
        f"{found.trials} trials in {found.seconds:.1f} s, harness {len(found.harness)} wasted {found.wasted}"
    )
    for trial, flaw in found.harness[:5]:
        click.echo(f"HARNESS {trial.case.name} {flaw}")
    if job.out:
        job.out.mkdir(parents=True, exist_ok=True)
        for id, b in found.broken.items():
            (job.out / f"{id}.yaml").write_text(page(b.trial.case))
    return HARNESS if found.harness else FINDINGS if found.broken else KEPT


def again(file: str, command: tuple[str, ...], provider: str, **given: Any) -> int:
    try:
        case = load_case(file, provider)
        with attach(given["name"], command, worker=given["worker"]) as troupe:
            trial = troupe.play(case)
    except (BadSubject, BadScenario) as error:
        click.echo(f"understudy: {error}", err=True)
        return USAGE
    able = troupe.first.abilities
    able = seen(trial) if able is None else able
    click.echo(f"{trial.outcome} {trial.trouble}")
    for one in trial.exchanges:
        click.echo(
            f"{(one.began - trial.began) / 1e6:9.3f} {(one.ended - trial.began) / 1e6:9.3f} {one.operation:9} {one.status} {one.method} {one.target[:60]} {one.fault} {one.response_body[:60] if isinstance(one.response_body, bytes) else one.response_body}"
        )
    bad = False
    for id, occasion in judge(trial, able):
        if not occasion.kept:
            bad = True
            click.echo(f"{id}: {occasion.seen}")
    return FINDINGS if bad else KEPT


def rejudge(folder: Path) -> int:
    return 0
