"""What a table of assumptions is made of: a way to show a behaviour, and what each choice shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from emulator.faults.deed import Scene
from emulator.faults.limits import Limit
from emulator.providers.port import Call
from emulator.providers.registry import providers
from tests.providers.desk import Desk

World: TypeAlias = Callable[..., Desk]
"""Makes a desk under the choice that is to be shown; its arguments are the desk's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption: `show` does something at a desk and returns what a client would notice;
    `says` is what that is under each choice, the default first."""

    show: Callable[[World], Any]
    says: Mapping[str, Any]


LIMITED = {
    "retry-after": [("Retry-After", "10")],
    "x-ratelimit": [
        ("Retry-After", "10"),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", "1767225610"),
    ],
    "none": [],
}
"""The headers of a call that a limit turns away, under each choice."""


def limited(provider: str, world: World) -> list[tuple[str, str]]:
    """The headers of such a call, of a provider's worlds."""
    desk = world()
    scene = Scene(
        provider=providers()[provider],
        terms=desk.terms[provider],
        call=Call(method="GET", path="/"),
        now=desk.clock,
    )
    return list(Limit().answer(None, scene).headers)
