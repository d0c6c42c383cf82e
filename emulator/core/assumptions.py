"""What a vendor's documents leave open, written down as values that a scenario can switch.

An assumption belongs to a provider; its id starts with the provider's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One behaviour that is not documented, the choice made for it, and the other choices.

    `evidence` is a tag of the facts sheets (DOC, SPEC, CLIENT, CONTRA, UNK, INF, SEED, UP, OBS)
    and `source` says in words where the choice comes from.
    """

    id: str
    text: str
    default: str
    alternatives: tuple[str, ...]
    evidence: str
    source: str

    @property
    def choices(self) -> tuple[str, ...]:
        """Every value a scenario may give, the default first."""
        return (self.default, *self.alternatives)


def assume(id: str, choices: str, evidence: str, source: str, text: str) -> Assumption:
    """A row of a provider's table; `choices` is the default and its alternatives, `a | b | c`."""
    default, *others = choices.split(" | ")
    return Assumption(
        id=id,
        text=text,
        default=default,
        alternatives=tuple(others),
        evidence=evidence,
        source=source,
    )


class UnknownAssumption(ValueError):
    """A scenario names an assumption, or a choice for one, that does not exist."""


def settle(known: Iterable[Assumption], chosen: Mapping[str, str]) -> dict[str, str]:
    """The value of each known assumption; `chosen` may only name known ids and their choices."""
    by_id = {one.id: one for one in known}
    for name, value in chosen.items():
        if name not in by_id:
            raise UnknownAssumption(
                f"no assumption is called {name!r}; `understudy assumptions` lists them"
            )
        if value not in by_id[name].choices:
            allowed = ", ".join(by_id[name].choices)
            raise UnknownAssumption(f"{name} can be {allowed}, not {value!r}")
    return {one.id: chosen.get(one.id, one.default) for one in by_id.values()}
