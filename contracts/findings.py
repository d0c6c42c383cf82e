"""What a check says: whether a clause was kept on an occasion, or broken, and the evidence. It is
never raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeAlias

import yaml

from contracts.trial import Trial
from emulator.server.recorder import Exchange

CLAUSES = Path(__file__).parent / "clauses"


class Level(StrEnum):
    """How much a clause weighs."""

    MUST = "must"
    MONEY = "money"
    SHOULD = "should"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One sentence of the contract that a client keeps: why, and where it is said.

    `needs` are the capabilities without which it cannot be judged, `provider` the only one that it
    is about, if there is one.
    """

    id: str
    level: Level
    text: str
    reason: str
    source: str
    needs: frozenset[str] = frozenset()
    provider: str | None = None

    @property
    def theme(self) -> str:
        """What it is about: the first word of its id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that a clause came to bear: kept, or with what was `seen` instead."""

    seen: str = ""
    exchanges: tuple[int, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the client did as it should."""
        return not self.seen


KEPT = Occasion()


def broken(seen: str, *where: Exchange) -> Occasion:
    """An occasion on which the clause was not kept, and the exchanges that show it."""
    return Occasion(seen, tuple(one.number for one in where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken clause: what was seen, in which exchanges."""

    clause: str
    seen: str
    exchanges: tuple[int, ...] = ()


Check: TypeAlias = Callable[[Trial], Iterable[Occasion]]
"""Reads a trial, and yields every occasion on which its clause came to bear."""


@cache
def clauses() -> Mapping[str, Clause]:
    """Every clause by its id, in the order of the files."""
    found = {}
    for file in sorted(CLAUSES.glob("*.yaml")):
        for id, page in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            given = {
                **page,
                "level": Level(page["level"]),
                "needs": frozenset(page.get("needs", ())),
            }
            found[id] = Clause(id=id, **given)
    return found
