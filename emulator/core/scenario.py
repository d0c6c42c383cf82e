"""One value that explains a whole run: everything about it that is not a call of the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from emulator.core.clock import EPOCH, Instant, Pace, Span
from emulator.core.jobs import Draft
from emulator.core.money import DOLLAR, Micros


class Ending(StrEnum):
    """How a planned job ends."""

    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"
    STICK = "stick"


class View(StrEnum):
    """Whose time the dates on the wire tell: the world's, or the machine's."""

    WORLD = "world"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRule:
    """What becomes of the jobs that match. The first rule that matches a job plans it.

    `job` counts the provider's jobs from 1; fields left None match everything, and times left
    None are the model's own. `error` is the provider's words for a failure, `deliver` how many of
    the outputs a success delivers. A job that sticks runs, and never ends by itself.
    """

    provider: str | None = None
    job: int | None = None
    model: str | None = None
    ending: Ending = Ending.SUCCEED
    queued: Span | None = None
    running: Span | None = None
    error: str = "The generation failed."
    deliver: int | None = None

    def matches(self, provider: str, nth: int, draft: Draft) -> bool:
        """Whether the provider's `nth` job is one of those this rule plans."""
        return (
            self.provider in (None, provider)
            and self.job in (None, nth)
            and self.model in (None, draft.model)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """What one API key may do. `models` None means every model."""

    models: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Seed, clock, money, prices, plans and assumptions of a world.

    `prices` overrides a model's rate (micro-dollars for a second or an image); `accounts` says of
    each of Omixa's upstream accounts whether it is healthy; `keep` is how many ended jobs a world
    remembers. `name` fixes the world's name, which is otherwise its key's fingerprint. `balance`
    is in micro-dollars: `usd("25.00")`. Raises ValueError for a number that is none.
    """

    name: str | None = None
    seed: int = 0
    start: Instant = EPOCH
    pace: Pace = Pace()
    view: View = View.WORLD
    balance: Micros = 25 * DOLLAR
    prices: Mapping[str, Micros] = field(default_factory=dict)
    plans: tuple[PlanRule, ...] = ()
    assumptions: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, KeyRule] = field(default_factory=dict)
    accounts: tuple[bool, ...] = (True,)
    keep: int = 100_000

    def __post_init__(self) -> None:
        for name in ("seed", "start", "balance", "keep"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is a whole number of zero or more, not {value!r}")
