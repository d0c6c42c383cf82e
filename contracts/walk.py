"""The fixed part of a search: every single thing that can go wrong, wherever the client comes by,
in one order: the mildest first, and the earliest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from contracts.capabilities import Can
from contracts.cases import Case, Kill, When
from contracts.ground import COUNTED, WORDS, Ground
from contracts.singles import NTH, every, fault, named, retries, variants
from emulator.core.clock import SECOND
from emulator.core.faults import Fault, On
from emulator.core.scenario import Ending, PlanRule
from emulator.faults.catalogue import CONNECT, befalls, catalogue, kinds
from emulator.providers.port import Kind
from emulator.providers.registry import providers

SOON = 120.0
"""Seconds that a client has where it is to give up."""

KILLS = 6
"""Calls, from the first on, at which a client is killed."""

STORMS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("refuse", {"status": 503}),
    ("refuse", {"status": 429}),
    ("refuse", {"status": 401}),
    ("refuse", {"status": 404}),
    ("not_json", {}),
    ("reset", {}),
    ("stall", {}),
    ("not_found", {}),
    ("expired", {}),
    ("cut_body", {}),
    ("finish", {}),
    ("finish", {"told": 1}),
    ("reset_stream", {}),
    ("silence", {}),
)
"""What happens to every call of an operation, from the first on."""


def walk(here: Ground) -> Iterator[Case]:
    """Every case of the fixed order but the plain one."""
    yield from _plans(here)
    yield from _batches(here)
    for name, one in every(here):
        yield here.case(name, faults=(one,))
    yield from retries(here)
    yield from _connections(here)
    yield from _storms(here)
    yield from _assumptions(here)
    if Can.CANCELS in here.abilities and here.virtual:
        yield from _cancels(here)
    if Can.RESUMES in here.abilities:
        yield from _kills(here)


def unheard(here: Ground) -> Case | None:
    """The case in which no stream is ever to be had; None for a client that does not listen, or
    polls anyhow, or has no other way."""
    if (
        sum(polls(here).values()) > 1
        or "events" not in here.reached
        or Can.POLLS not in here.abilities
    ):
        return None
    gone = replace(fault(here, "refuse", "events", args={"status": 503}), id="no-stream")
    rule = here.plan if here.virtual else COUNTED
    return here.case("unheard/plain", faults=(gone,), plans=(rule,))


def polled(here: Ground, usual: Case) -> Iterator[Case]:
    """Every case that befalls the polls of a client which polls only then. What it did is `here`,
    in the `usual` case."""
    there = replace(here, reached=polls(here))
    cases = (there.case(name, faults=(one,)) for name, one in every(there))
    for case in chain(cases, retries(there), _storms(there)):
        faults = (*usual.scenario.faults, *case.scenario.faults)
        scenario = replace(case.scenario, faults=faults)
        yield replace(case, name=f"unheard/{case.name}", scenario=scenario)


def polls(here: Ground) -> Mapping[str, int]:
    """What was reached of the operations that look at a job."""
    kind = {name: kinds()[here.provider, name] for name in here.reached}
    return {name: count for name, count in here.reached.items() if kind[name] is Kind.JOB}


def _plans(here: Ground) -> Iterator[Case]:
    for ending in (Ending.FAIL, Ending.CANCEL, Ending.STICK, Ending.OUT_OF_CREDIT):
        words = WORDS if ending is Ending.FAIL else here.plan.error
        if here.provider == "omixa" and ending is Ending.OUT_OF_CREDIT:
            continue
        yield here.case(f"ending/{ending}", plans=(replace(here.plan, ending=ending, error=words),))
    if here.virtual:
        late = round(here.deadline_s * 0.7) * SECOND
        yield here.case("plan/slow", plans=(PlanRule(queued=SECOND, running=late),))
    yield here.case("plan/at-once", plans=(PlanRule(queued=1, running=1),))


def _batches(here: Ground) -> Iterator[Case]:
    many = {"oxen": "num_generations", "omixa": "sample_count"}[here.provider]
    body = {**here.body, many: 2}
    if Can.SYNC in here.abilities or here.fixed:
        return
    later = replace(here.plan, job=2, running=50 * SECOND)
    yield here.case("batch/2", body=body)
    yield here.case("batch/uneven", body=body, plans=(later, here.plan))
    fails = replace(here.plan, job=2, ending=Ending.FAIL, error=WORDS)
    if here.provider == "oxen":
        yield here.case("batch/one-fails", body=body, plans=(fails, here.plan))
    if "events" in here.reached:
        for do in ("duplicate", "reorder", "drop"):
            yield here.case(
                f"batch/{do}", body=body, faults=(fault(here, do, "events", nth=1, event=1),)
            )


def _connections(here: Ground) -> Iterator[Case]:
    for do in ("reset_connection", "close_connection"):
        for nth in range(1, min(here.connections, NTH) + 1):
            one = Fault(id=do, do=do, on=On(operation=CONNECT, nth=nth))
            yield here.case(f"connection/{nth}/{do}", faults=(one,))
    for begins, ends in ((0, 20), (10, 60)):
        on = On(operation=CONNECT, between=(begins * SECOND, ends * SECOND))
        one = Fault(id="refused", do="refuse_connections", on=on)
        yield here.case(f"connection/refused/{begins}-{ends}", faults=(one,))


def _storms(here: Ground) -> Iterator[Case]:
    for do, args in STORMS:
        for operation in here.reached:
            if befalls(catalogue()[do], here.provider, kinds()[here.provider, operation]):
                one = fault(here, do, operation, args=args)
                told = ",".join(str(value) for value in args.values())
                yield here.case(f"always/{operation}/{do}({told})", faults=(one,))


def _cancels(here: Ground) -> Iterator[Case]:
    """A job that sticks, so that it is cancelled in the end, and what may befall that."""
    operation = "cancel"
    kind = kinds().get((here.provider, operation))
    if kind is None:
        return
    stuck = (replace(here.plan, ending=Ending.STICK),)
    for do, cls in catalogue().items():
        if befalls(cls, here.provider, kind):
            for args in variants(cls, kind):
                at = {"nth": 1}
                name, one = named(here, do, operation, cls.phases[0], args, at)
                yield here.case(name, faults=(one,), plans=stuck, deadline_s=SOON)


def guesses(provider: str) -> Iterator[tuple[str, str]]:
    """Every assumption, with each of the ways in which it may fall otherwise."""
    for one in providers()[provider].assumptions:
        for choice in one.alternatives:
            if choice != "-":
                yield one.id, choice


def _assumptions(here: Ground) -> Iterator[Case]:
    for id, choice in guesses(here.provider):
        for ending in (Ending.SUCCEED, Ending.FAIL):
            words = WORDS if ending is Ending.FAIL else here.plan.error
            rule = replace(here.plan, ending=ending, error=words)
            name = f"assumption/{id}/{choice}/{ending}"
            yield here.case(name, assumptions={id: choice}, plans=(rule,))


def _kills(here: Ground) -> Iterator[Case]:
    count = min(sum(here.reached.values()), KILLS)
    for call in range(1, count + 1):
        for when in When:
            yield here.case(f"killed/{when}/{call}", kill=Kill(when=when, call=call))
