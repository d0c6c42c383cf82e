"""The cells of the table: every deed, with each of its examples, for every provider that has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.faults.catalogue import befalls, catalogue, kinds
from emulator.faults.deed import Example
from emulator.providers.port import Kind
from emulator.providers.registry import providers


@dataclass(frozen=True, slots=True)
class Cell:
    """One deed as in one of its examples, befalling one operation."""

    do: str
    nth: int
    example: Example
    provider: str
    operation: str

    def __str__(self) -> str:
        return f"{self.do}-{self.nth}-{self.provider}.{self.operation}"


def cells() -> Iterator[Cell]:
    """All of them. Of several operations of a kind a provider's first stands for the others."""
    for do, cls in catalogue().items():
        for nth, example in enumerate(cls.examples, 1):
            for provider in providers():
                if example.kind is Kind.CONNECT:
                    yield Cell(do, nth, example, provider, "connect")
                elif befalls(cls, provider, example.kind):
                    operation = _first(provider, example.kind)
                    if operation is not None:
                        yield Cell(do, nth, example, provider, operation)


def _first(provider: str, kind: Kind) -> str | None:
    found = (name for (owner, name), one in kinds().items() if owner == provider and one is kind)
    return next(found, None)
