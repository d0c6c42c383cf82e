"""Serves rendered media from memory: each description is rendered once, while it is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias, cast

from emulator.media.clips import Clip, Still, mime, name
from emulator.media.rendering import render
from emulator.media.shelf import Shelf

Draw: TypeAlias = Callable[[Clip | Still, Shelf], bytes]

DEFAULT_BOUND = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file: its bytes, a strong entity tag made of them, quoted, and its media type."""

    data: bytes
    etag: str
    mime: str


class Store:
    """Rendered clips and stills, and the parts that clips share, in at most `bound` bytes.

    `draw` is what renders, given a place for such parts: in this process, or apart from it.
    Threads may share it. What is asked for twice at once is rendered once; what was asked for
    least recently goes first; one file bigger than the bound is served and not kept.
    """

    def __init__(self, bound: int = DEFAULT_BOUND, *, draw: Draw | None = None) -> None:
        self._shelf = Shelf(bound)
        self._draw = draw or render

    @property
    def held(self) -> int:
        """How many bytes are kept now."""
        return self._shelf.held

    def peek(self, named: str) -> Rendered | None:
        """The file of the description with that `name`, if it is here."""
        return cast("Rendered | None", self._shelf.peek(named))

    def get(self, thing: Clip | Still) -> Rendered:
        """The file of that description. Raises `NotAnImage` if its start frame does not decode."""
        return self._shelf.get(name(thing), lambda: self._render(thing), _weigh)

    def _render(self, thing: Clip | Still) -> Rendered:
        data = self._draw(thing, self._shelf)
        return Rendered(data, f'"{sha256(data).hexdigest()[:32]}"', mime(thing))


def _weigh(rendered: Rendered) -> int:
    return len(rendered.data)
