"""What is wrong with a value that somebody wrote: where it is, what was found, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from reprlib import Repr
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

LONGEST = 80
"""Letters of a value that are shown."""

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = LONGEST
_SHORT.maxlevel = 3


class Bad(ValueError):
    """A value that cannot be read: where (names and places of a list, from 0), and why.

    `key` is the field there that should not be, where that is what is wrong.
    """

    def __init__(self, why: str, path: Path = (), key: str | None = None) -> None:
        self.why = why
        self.path = path
        self.key = key
        super().__init__(why, path, key)

    def __str__(self) -> str:
        place = ""
        for step in self.path:
            if isinstance(step, int):
                place += f"[{step + 1}]"
            else:
                named = step if step.isprintable() and len(step) < LONGEST else shown(step)
                place += f": {named}" if place else named
        return f"{place}: {self.why}" if place else self.why


@contextmanager
def within(*steps: str | int) -> Iterator[None]:
    """Say where it was that something was wrong."""
    try:
        yield
    except Bad as error:
        raise Bad(error.why, (*steps, *error.path), error.key) from None
    except (ValueError, OverflowError) as error:
        raise Bad(str(error), steps) from None


def shown(value: Any) -> str:
    """A value as it is shown to whoever wrote it: on one line, and not all of a long one."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return _SHORT.repr(value)


def hint(word: Any, known: Iterable[str]) -> str:
    """`; did you mean …?`, if one of those known is like it."""
    near = get_close_matches(str(word)[:LONGEST], [str(one) for one in known], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def listing(words: Iterable[str], lists: str, seen: Any) -> str:
    """What there is instead: all the words, or who lists them; and the one that was meant."""
    known = list(words)
    return f"{lists or ', '.join(known)}{hint(seen, known)}"
