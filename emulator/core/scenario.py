"""One value that explains a whole run: everything about it that is not a call of the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.clock import EPOCH, Instant, Pace, Span
from emulator.core.faults import Chaos, Fault
from emulator.core.jobs import Draft
from emulator.core.money import DOLLAR, Micros


class Ending(StrEnum):
    """How a planned job ends. One that runs out of credit fails soon after it began to run, and no
    money was set aside for it."""

    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"
    STICK = "stick"
    OUT_OF_CREDIT = "out_of_credit"


class View(StrEnum):
    """Whose time the dates on the wire tell: the world's, or the machine's."""

    WORLD = "world"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRule:
    """What becomes of the jobs that match. The first rule that matches a job plans it.

    `job` counts the provider's jobs from 1; fields left None match everything, `match` holds
    parameters that the job was submitted with (`*` in a text stands for anything). Times left None
    are the model's own. Counted in polls, a move comes with the so many-th poll since the last one,
    or after the time beside it, whichever is first; a time left None is then no bound. Jobs of
    calls that block until they are over are never counted in polls.
    `error` is the provider's words for a failure, `deliver` how many of the outputs a success
    delivers. A job that sticks runs, and never ends by itself. With `slots`, the job is planned to
    run when fewer than so many of the provider's are, and queues until then.
    """

    provider: str | None = None
    job: int | None = None
    model: str | None = None
    match: Mapping[str, Any] = field(default_factory=dict)
    ending: Ending = Ending.SUCCEED
    queued: Span | None = None
    running: Span | None = None
    queued_polls: int | None = None
    running_polls: int | None = None
    slots: int | None = None
    error: str = "The generation failed."
    deliver: int | None = None

    def __post_init__(self) -> None:
        for name in ("job", "queued_polls", "running_polls", "slots"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise ValueError(f"{name} counts from 1, and so is not {count}")

    def matches(self, provider: str, nth: int, draft: Draft) -> bool:
        """Whether the provider's `nth` job is one of those this rule plans."""
        return (
            self.provider in (None, provider)
            and self.job in (None, nth)
            and self.model in (None, draft.model)
            and all(like(want, draft.params.get(name)) for name, want in self.match.items())
        )


def like(want: Any, seen: Any) -> bool:
    """Whether a value is the one wanted; in a wanted text `*` stands for anything."""
    if isinstance(want, str) and isinstance(seen, str):
        return fnmatchcase(seen, want.replace("[", "[[]").replace("?", "[?]"))
    return type(want) is type(seen) and bool(want == seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """What one API key may do. `models` None means every model."""

    models: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Seed, clock, money, prices, plans, faults and assumptions of a world.

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
    faults: tuple[Fault, ...] = ()
    chaos: Chaos | None = None

    def __post_init__(self) -> None:
        for name in ("seed", "start", "balance", "keep"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is a whole number of zero or more, not {value!r}")
        ids = [fault.id for fault in self.faults]
        if len(set(ids)) < len(ids):
            raise ValueError(f"two faults are called {max(ids, key=ids.count)!r}")
