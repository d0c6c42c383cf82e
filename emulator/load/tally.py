"""What the users of a run saw, intent by intent: what was tried, acknowledged, and ended.

It is told in notes, small lists that go from worker to master as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Note: TypeAlias = Sequence[str]
"""A kind, the prompt that it is about, an id, and a word."""


class Kind(StrEnum):
    """What a note says."""

    TRIED = "tried"  # a submit went out
    MADE = "made"  # it was acknowledged, with its id if the answer says one
    REFUSED = "refused"  # it was refused: there is no job
    ENDED = "ended"  # the job was seen to end, with its word
    UNHEARD = "unheard"  # it had ended, and its event did not come


GONE = "not found"
OVERDUE = "overdue"
"""Words of a user who gives up: the id is unknown, or the stated time is over."""


@dataclass(slots=True)
class Intent:
    """One video that somebody wants.

    `made` has an id for each submit that was acknowledged, empty where the answer said none; then
    `hints` may have what its link is named after.
    """

    tried: int = 0
    refused: int = 0
    made: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)

    @property
    def unknown(self) -> int:
        """How many submits went out of which nobody knows what came of them."""
        return self.tried - self.refused - len(self.made)


@dataclass(slots=True)
class Tally:
    """All intents of a run by their prompts."""

    intents: dict[str, Intent] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    unheard: int = 0

    def add(self, notes: Iterable[Note]) -> None:
        """Take in what was seen."""
        for kind, prompt, id, word in notes:
            intent = self.intents.setdefault(prompt, Intent())
            match Kind(kind):
                case Kind.TRIED:
                    intent.tried += 1
                case Kind.MADE:
                    intent.made.append(id)
                    if not id and word:
                        intent.hints.append(word)
                case Kind.REFUSED:
                    intent.refused += 1
                    self.refusals[word] = self.refusals.get(word, 0) + 1
                case Kind.ENDED:
                    intent.ends[id] = word
                case Kind.UNHEARD:
                    self.unheard += 1
