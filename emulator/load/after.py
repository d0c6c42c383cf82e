"""After the run: wait until every job has ended, ask the provider for its books, and judge."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.load.judge import Books, Jobs, Money, Row, compare, money, unlisted
from emulator.load.tally import Tally
from emulator.load.target import Target

LOOK = 0.5
"""Seconds between two looks at what has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How things stood: the jobs that there were, what they had been charged, and what the ledger
    had captured, in micro-dollars."""

    ids: frozenset[str] = frozenset()
    charged: int = 0
    captured: int = 0


def before(target: Target) -> Before:
    """How things stand now."""
    rows, _ = target.rows()
    return Before(
        ids=frozenset(row.id for row in rows),
        charged=sum(row.charged for row in rows),
        captured=target.captured() if target.control else 0,
    )


def judge(
    target: Target, then: Before, seen: Mapping[str, Any], patience: float
) -> tuple[Jobs, Money]:
    """What became of jobs and money; running jobs have so many seconds more to end."""
    tally = Tally()
    tally.add(seen["notes"])
    if not target.control and target.provider != "oxen":
        why = "no control plane is known, and Omixa itself lists no jobs"
        return unlisted(tally), Money(why=why)
    _settle(target, patience)
    rows, forgotten = target.rows()
    mine = _named(target, [row for row in rows if row.id not in then.ids], tally)
    jobs = compare(tally, mine, forgotten=forgotten, whole=not seen["lost_workers"])
    if not target.control:
        charged = sum(row.charged for row in mine)
        return jobs, Money(jobs=charged, why="no control plane is known, and so no ledger")
    books = Books(before=then.captured, after=target.captured(), charged_before=then.charged)
    return jobs, money(rows, books, forgotten)


def _settle(target: Target, patience: float) -> None:
    until = time.monotonic() + patience
    while target.waiting() and time.monotonic() < until:
        time.sleep(LOOK)


def _named(target: Target, rows: Sequence[Row], tally: Tally) -> Sequence[Row]:
    """The rows with their prompts, which are asked for only if there is a job that nobody was told
    of."""
    told = {id.rpartition("/")[2] for one in tally.intents.values() for id in one.made}
    if all(row.prompt is not None or row.id in told for row in rows):
        return rows
    prompts = target.prompts()
    return [replace(row, prompt=row.prompt or prompts.get(row.id)) for row in rows]
