"""The grader's own grade: every broken client is caught by its own clause, no honest one has a
finding, and what is hit besides has a written reason. `--write` puts the table into the docs.

Every figure in it is a count, so that two runs print the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from shutil import which

from contracts.findings import Level, clauses
from contracts.grade import Grade, State
from contracts.search import Profile, search
from tests.clients.zoo import Client, clients

SEED = 2026
HUNTED, HUNTED_HONEST = 20, 150
"""Combinations that a hunt draws: an honest client is looked at longer, for what is held against it
wrongly, unless it is a program, whose time is real."""

PAGE = Path(__file__).parents[2] / "docs" / "selftest.md"
BEGIN, END = "<!-- the table -->\n", "<!-- its end -->\n"


def graded(client: Client) -> list[Grade]:
    """What every profile says of a client; one that is played in some cases only is not hunted."""
    examples = HUNTED if client.breaks or client.program else HUNTED_HONEST
    hunt = Profile(name="hunt", seed=SEED, examples=examples, only=("drawn/*",))
    profiles = (Profile(only=client.only),) if client.only else (Profile(), hunt)
    with client.attach() as troupe:
        found = [search(troupe, client.provider, profile) for profile in profiles]
    took = sum(grade.seconds for grade in found)
    print(f"  {client.name}: {took:.0f} s", file=sys.stderr)
    return found


def broken(grades: Iterable[Grade]) -> set[str]:
    return {id for grade in grades for id in grade.broken}


def kept(grades: Iterable[Grade]) -> set[str]:
    states = [one for grade in grades for one in grade.verdicts()]
    return {one.clause.id for one in states if one.state is State.KEPT}


def complaints(found: Mapping[Client, list[Grade]]) -> Iterator[str]:
    """What is wrong with the grader, or with the clients, going by each of these."""
    for client, grades in found.items():
        if client.only and not client.program:
            yield f"{client.name} is no program, and is played in all cases"
        hit = broken(grades)
        if client.breaks and client.breaks not in hit:
            yield f"{client.name} breaks {client.breaks}, and was not caught"
        for id in sorted(hit - {client.breaks, *client.also}):
            yield f"{client.name} was found to break {id}, and nobody has written why"
        for id in sorted(client.also.keys() - hit):
            yield f"{client.name} is said to break {id} too, and does not"
        for grade in grades:
            if grade.harness:
                yield f"{client.name}: the harness failed: {grade.harness[0][1].text}"


def gaps(found: Mapping[Client, list[Grade]]) -> Iterator[str]:
    """Clauses that the clients together say too little about."""
    for id, clause in clauses().items():
        own = [one for one in found if one.breaks == id]
        also = [one for one in found if id in one.also]
        if not own:
            yield f"{id} has no broken client of its own"
        if clause.level is Level.MONEY and len(own) + len(also) < 2:
            yield f"{id} is about money, and fewer than two clients break it"
        if not any(id in kept(grades) for grades in found.values()):
            yield f"{id} was never seen kept"


def table(found: Mapping[Client, list[Grade]]) -> Iterator[str]:
    """Clause by client: who keeps it, whose bug it catches, and whom it hits besides."""
    honest = [one for one in found if not one.breaks]
    trials = sum(grade.trials for grades in found.values() for grade in grades)
    programs = sum(one.program for one in found)
    yield f"{len(honest)} honest clients, {len(found) - len(honest)} broken ones ({programs} of all"
    yield f"are programs), {len(clauses())} clauses, {trials} trials."
    yield ""
    yield "| clause | level | kept by honest ones | caught in | hit besides |"
    yield "|---|---|--:|---|---|"
    for id, clause in clauses().items():
        keep = sum(id in kept(found[one]) for one in honest)
        own = ", ".join(
            _short(one) for one in found if one.breaks == id and id in broken(found[one])
        )
        also = ", ".join(
            _short(one) for one in found if id in one.also and id in broken(found[one])
        )
        yield f"| {id} | {clause.level} | {keep} | {own} | {also} |"
    yield ""
    yield "| broken client | its bug | what it hits besides, and why |"
    yield "|---|---|---|"
    for one in found:
        if one.breaks:
            why = "; ".join(f"{id}: {reason}" for id, reason in one.also.items())
            yield f"| {_short(one)} | {one.bug} | {why} |"


def _short(client: Client) -> str:
    return client.name.partition("/")[2]


def main() -> None:
    """Grade them all, print the table, and end with 1 if anything is wrong with it."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--write", action="store_true", help="put the table into the docs")
    reading.add_argument("--only", default="", help="clients whose name has this in it")
    given = reading.parse_args()
    chosen = [one for one in clients() if given.only in one.name]
    missing = [one for one in chosen if not all(which(tool) for tool in one.tools)]
    for one in missing:
        print(f"left out: {one.name} needs {', '.join(one.tools)}")
    chosen = [one for one in chosen if one not in missing]
    with ProcessPoolExecutor(2) as real, ProcessPoolExecutor(2) as virtual:
        waited = [(real if one.program else virtual).submit(graded, one) for one in chosen]
        found = {one: each.result() for one, each in zip(chosen, waited, strict=True)}
    lines = "".join(f"{line}\n" for line in table(found))
    print(lines)
    wrong = [*complaints(found), *(() if given.only else gaps(found))]
    for one in wrong:
        print(f"WRONG: {one}")
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}{lines}{END}{after}", "utf-8")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
