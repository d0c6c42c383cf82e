"""Every single fault that can befall a client, wherever it comes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.cases import Case
from contracts.ground import Ground
from emulator.core.faults import Fault, On, Phase
from emulator.core.jobs import Status
from emulator.faults.catalogue import befalls, catalogue, kinds
from emulator.faults.deed import Family
from emulator.providers.port import Kind

NTH = 2
"""Calls of one operation, from the first on, that faults are tried at, besides the one that would
tell the end; where time is real, the first only."""

FORMS: tuple[Mapping[str, Any], ...] = (
    {"retry_after": "17"},
    {"retry_at": "30s"},
    {"retry_after": "1.5"},
    {"retry_after": "0"},
    {"retry_after": "-5"},
    {"retry_after": "soon"},
    {"retry_after": "99999999999"},
)
"""Retry-After as it is sent, and as it should not be."""

OBSOLETE = ("Thursday, 01-Jan-26 00:03:00 GMT", "Thu Jan  1 00:03:00 2026")
"""Three minutes after the epoch of every world, in the forms that RFC 9110 asks readers to know."""

STATUSES = (400, 401, 402, 403, 404, 422)
WORDINGS = ("expired", "canceled", "completed", "paused")


def singles(here: Ground) -> tuple[Fault, ...]:
    """Every single fault, as combinations are made of."""
    return tuple(one for _, one in every(here))


def every(here: Ground) -> Iterator[tuple[str, Fault]]:
    for do, cls in catalogue().items():
        for operation in here.reached:
            kind = kinds()[here.provider, operation]
            if not befalls(cls, here.provider, kind):
                continue
            for args in variants(cls, kind):
                for phase in cls.phases if kind is Kind.SUBMIT else cls.phases[:1]:
                    for at in _places(here, operation, framed=cls.family is Family.STREAM):
                        yield named(here, do, operation, phase, args, at)
    for operation in here.reached:
        kind = kinds()[here.provider, operation]
        for status in STATUSES if kind in (Kind.SUBMIT, Kind.JOB) else ():
            yield named(here, "refuse", operation, Phase.BEFORE, {"status": status}, {"nth": 1})
        for word in WORDINGS if kind is Kind.JOB else ():
            at = {"nth": 2}
            yield named(here, "status_word", operation, Phase.AFTER, {"word": word}, at)


def variants(cls: Any, kind: Kind) -> list[Mapping[str, Any]]:
    shown: list[Mapping[str, Any]] = [one.args for one in cls.examples if one.kind is kind]
    return shown or [{}]


def _places(here: Ground, operation: str, *, framed: bool) -> list[dict[str, Any]]:
    """Which calls of an operation a fault is tried at; one that strikes a frame, at the first."""
    more = {"event": 1} if framed else {}
    kind = kinds()[here.provider, operation]
    count = min(here.reached[operation], NTH if here.virtual else 1)
    found: list[dict[str, Any]] = [{"nth": nth, **more} for nth in range(1, count + 1)]
    if kind is Kind.JOB and here.reached[operation] > count:
        found.append({"nth": 1, "states": frozenset({Status.SUCCEEDED})})
    return found


def named(
    here: Ground, do: str, operation: str, phase: Phase, args: Mapping[str, Any], at: dict[str, Any]
) -> tuple[str, Fault]:
    """A fault at one call, and what the case with it is called."""
    cls = catalogue()[do]
    where = "end" if "states" in at else at["nth"]
    told = ",".join(f"{name}={value}" for name, value in args.items())
    when = f"{phase}/" if len(cls.phases) > 1 else ""
    found = fault(here, do, operation, phase=phase, args=args, **at)
    return f"single/{operation}/{where}/{when}{do}({told})", found


def fault(
    here: Ground,
    do: str,
    operation: str,
    *,
    phase: Phase | None = None,
    args: Mapping[str, Any] = {},
    **at: Any,
) -> Fault:
    on = On(provider=here.provider, operation=operation, **at)
    return Fault(id=do, do=do, args=args, on=on, phase=phase or catalogue()[do].phases[0])


def retries(here: Ground) -> Iterator[Case]:
    dates = [{"retry_after": text} for text in OBSOLETE] if here.virtual else []
    for operation in here.reached:
        kind = kinds()[here.provider, operation]
        if kind not in (Kind.SUBMIT, Kind.JOB, Kind.TABLE, Kind.LIST):
            continue
        for nth, form in enumerate((*FORMS, *dates)):
            args = {"status": 429 if nth % 2 else 503, **form}
            name, one = named(here, "refuse", operation, Phase.BEFORE, args, {"nth": 1})
            yield here.case(name, faults=(one,))
