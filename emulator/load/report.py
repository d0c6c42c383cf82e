"""What a run came to: printed for people, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from emulator.core.money import dollars
from emulator.load.judge import Jobs, Money

ERRORS = 10
"""How many kinds of failures are printed; the JSON has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`seen` is what the users' process wrote down, without the notes."""

    provider: str
    url: str
    mix: Mapping[str, int]
    seen: Mapping[str, Any]
    jobs: Jobs
    money: Money
    remarks: Sequence[str] = ()

    @property
    def broken(self) -> list[str]:
        """What is wrong, a sentence each; nothing if all is well."""
        jobs, money = self.jobs, self.money
        found = []
        if jobs.lost:
            found.append(f"{_of(jobs.lost, 'acknowledged job')} {_was(jobs.lost)} lost")
        if jobs.doubled:
            least = "at least " if jobs.at_least else ""
            found.append(f"{least}{_of(jobs.doubled, 'job')} {_was(jobs.doubled)} made twice")
        if money.agrees is False:
            found.append("the money does not agree with the ledger")
        return found


def data(report: Report) -> dict[str, Any]:
    """The report as plain data; money in dollars."""
    seconds = report.seen["seconds"]
    calls = sum(one["calls"] for one in report.seen["operations"])
    jobs, money = report.jobs, report.money
    return {
        "provider": report.provider,
        "url": report.url,
        "mix": dict(report.mix),
        "seconds": round(seconds, 3),
        "throughput": {
            "calls": calls,
            "calls_per_second": _rate(calls, seconds),
            "jobs_per_second": _rate(jobs.acknowledged, seconds),
        },
        "operations": list(report.seen["operations"]),
        "errors": list(report.seen["errors"]),
        "jobs": {**asdict(jobs), "lost": jobs.lost},
        "money": {
            "jobs": None if money.jobs is None else dollars(money.jobs),
            "ledger": None if money.ledger is None else dollars(money.ledger),
            "agrees": money.agrees,
            "why": money.why or None,
        },
        "remarks": list(report.remarks),
        "broken": report.broken,
    }


def show(report: Report, console: Console) -> None:
    """Print it."""
    told = data(report)
    rate = told["throughput"]
    console.print(
        f"\n{rate['calls']} calls in {told['seconds']:.1f} s: {rate['calls_per_second']} calls and"
        f" {rate['jobs_per_second']} jobs a second\n"
    )
    console.print(_operations(told["operations"]))
    for one in sorted(told["errors"], key=lambda one: -one["times"])[:ERRORS]:
        console.print(f"  {one['times']} x {one['name']}: {one['error']}", markup=False)
    console.print(_table("jobs", _jobs(report.jobs)))
    console.print(_table("money", _money(report.money)))
    for remark in (*report.remarks, *_examples(report.jobs)):
        console.print(remark, markup=False, soft_wrap=True)
    said = "; ".join(report.broken)
    verdict = f"{said[:1].upper()}{said[1:]}." if said else _well(report.jobs, report.money)
    console.print(f"\n{verdict}", markup=False, soft_wrap=True)


def _well(jobs: Jobs, money: Money) -> str:
    doubled = ", and none doubled" if jobs.doubled is not None else ""
    agrees = "; the money agrees with the ledger" if money.agrees else ""
    return f"No job was lost{doubled}{agrees}."


def _operations(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("operation", no_wrap=True)
    for head in ("calls", "failures", "p50 ms", "p95 ms", "p99 ms", "most ms"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        times = (row[name] for name in ("p50_ms", "p95_ms", "p99_ms", "most_ms"))
        shown = ("-" if one is None else f"{one:.0f}" for one in times)
        table.add_row(row["name"], str(row["calls"]), str(row["failures"]), *shown)
    return table


def _jobs(jobs: Jobs) -> dict[str, str]:
    refused = ", ".join(f"{times} x {status}" for status, times in sorted(jobs.refused.items()))
    made = "" if jobs.unknown_made is None else f"; {jobs.unknown_made} made a job all the same"
    least = "at least " if jobs.at_least else ""
    rows = {
        "acknowledged": f"{jobs.acknowledged} of {_of(jobs.intents, 'request')}",
        "ended": str(jobs.ended),
        "lost": f"{jobs.lost}: {jobs.gone} not found, {jobs.unended} not ended in time"
        if jobs.lost
        else "0",
        "doubled": "not known" if jobs.doubled is None else f"{least}{jobs.doubled}",
        "unknown": f"{_of(jobs.unknown, 'submit')} without an answer{made}"
        if jobs.unknown
        else "0",
        "refused": refused or "0",
    }
    if jobs.unclaimed:
        rows["unclaimed"] = f"{jobs.unclaimed} that no user of this run asked for"
    if jobs.unheard:
        rows["unheard"] = f"{jobs.unheard} that ended without their event"
    return rows


def _money(money: Money) -> dict[str, str]:
    def usd(micros: int | None) -> str:
        return "not known" if micros is None else f"{dollars(micros)} USD"

    rows = {"jobs that ended": usd(money.jobs), "captured in the ledger": usd(money.ledger)}
    return rows | ({"not compared": money.why} if money.why else {})


def _table(title: str, rows: Mapping[str, str]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", show_header=False)
    table.box, table.pad_edge = None, False
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _examples(jobs: Jobs) -> list[str]:
    return [f"{name}: {', '.join(ones)}" for name, ones in jobs.examples.items()]


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if seconds > 0 else 0.0


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
