"""What a table of assumptions is made of: a way to show a behaviour, and what each choice shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.providers.desk import Desk

World: TypeAlias = Callable[..., Desk]
"""Makes a desk under the choice that is to be shown; its arguments are the desk's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption: `show` does something at a desk and returns what a client would notice;
    `says` is what that is under each choice, the default first."""

    show: Callable[[World], Any]
    says: Mapping[str, Any]
