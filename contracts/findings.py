"""What a check says: a clause that a trial shows broken, and the evidence. It is never raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeAlias

import yaml

from contracts.trial import Trial

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

    `needs` are the capabilities without which it cannot be judged.
    """

    id: str
    level: Level
    text: str
    reason: str
    source: str
    needs: frozenset[str] = frozenset()

    @property
    def theme(self) -> str:
        """What it is about: the first word of its id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken clause: what was seen, in which exchanges."""

    clause: str
    seen: str
    exchanges: tuple[int, ...] = ()


Check: TypeAlias = Callable[[Trial], Iterable[Finding]]


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
