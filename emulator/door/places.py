"""Where a program went or could not go, and how often: as people are told of it."""

from __future__ import annotations

from collections import Counter

MOST = 1000
"""Places that are told apart."""


def shown(text: str) -> str:
    """The text, with all that a terminal would obey written out."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def times(count: int) -> str:
    """How often, if it was more than once."""
    return f", {count} times" if count > 1 else ""


class Places:
    """Counts them, and keeps only so many."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._others = 0

    def note(self, place: str) -> None:
        """Once more."""
        if place in self._counts or len(self._counts) < MOST:
            self._counts[place] += 1
        else:
            self._others += 1

    def lines(self) -> list[str]:
        """All of them, in order."""
        lines = [f"{shown(place)}{times(count)}" for place, count in sorted(self._counts.items())]
        return [*lines, f"and others{times(self._others)}"] if self._others else lines
