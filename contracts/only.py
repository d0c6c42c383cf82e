"""Which cases are to be played, where not all are: patterns for their names, each of which has to
be the name of something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from contracts.cases import Case
from emulator.core.bad import hint


class NoCase(ValueError):
    """No case has such a name; the message says what there is."""


class Only:
    """Patterns for the names of cases. Without any, all are wanted."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(patterns)
        self._met: set[str] = set()
        self._names: tuple[str, ...] = ()

    def wants(self, case: Case) -> bool:
        """Whether the case is to be played."""
        met = {one for one in self._patterns if fnmatchcase(case.name, one)}
        self._met |= met
        return bool(met) or not self._patterns

    def may_want(self, start: str) -> bool:
        """Whether a name that starts so may be wanted."""
        return not self._patterns or any(_may_match(one, start) for one in self._patterns)

    def check(self, names: Iterable[str], starts: Sequence[str]) -> None:
        """NoCase for a pattern that none of these names has, nor any that starts so."""
        if not self._patterns:
            return
        self._names = (*dict.fromkeys(names), *(f"{one}*" for one in starts))
        for one in self._patterns:
            known = any(fnmatchcase(name, one) for name in self._names)
            if not known and not any(_may_match(one, start) for start in starts):
                raise self._none(one)

    def missed(self, besides: Sequence[str] = ()) -> None:
        """NoCase for a pattern that none of the cases had, once all were seen but some of those
        that start so, and that it names."""
        named = tuple(start.rstrip("/") for start in besides)
        for one in self._patterns:
            if one not in self._met and not one.startswith(named):
                raise self._none(one)

    def _none(self, pattern: str) -> NoCase:
        families = dict.fromkeys(_families(name)[0] for name in self._names)
        known = dict.fromkeys(each for name in self._names for each in _families(name))
        near = hint(pattern, [*known, *self._names]) or "."
        return NoCase(
            f"no case for this client is called '{pattern}'{near} There are {', '.join(families)}"
        )


def _families(name: str) -> list[str]:
    """The patterns for what a name stands among, the widest first: `single/*`, `single/status/*`;
    a name without a stroke is its own."""
    steps = name.split("/")
    return ["/".join(steps[:deep]) + "/*" for deep in range(1, len(steps))] or [name]


def _may_match(pattern: str, start: str) -> bool:
    """Whether a pattern may be one for names that start so."""
    sure = re.split(r"[*?[]", pattern, maxsplit=1)[0]
    return sure.startswith(start) or start.startswith(sure)
