"""Draws what goes wrong in a small world: few faults, few operations, narrow spans and counts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from emulator.core.commands import Called
from emulator.core.faults import Beyond, Card, Chaos, Fault, Match, On, Phase
from emulator.core.jobs import Status

FAULTS_KNOWN = ("one", "two", "three")
OPERATIONS = ("create", "status")
FAMILIES = ("answer", "wire")
PLACES = [f"{provider}.{operation}" for provider in ("acme", "zenith") for operation in OPERATIONS]

LIMITS = st.one_of(
    st.builds(Beyond, calls=st.sampled_from([1, 2, 0]), per=st.sampled_from([4, 0, 30])),
    st.builds(Beyond, jobs=st.sampled_from([1, 2, 0])),
)
SPANS = st.integers(0, 12)
BETWEENS = st.tuples(SPANS, SPANS)
SEEN = st.builds(Match, headers=st.just({"x-of": "a*"}), json=st.just({"input.0": [1, None]}))


def rarely(*values: Any) -> st.SearchStrategy[Any]:
    """Mostly None, else one of these."""
    return st.sampled_from([None] * 3 * len(values) + [*values])


COUNTS: dict[str, st.SearchStrategy[Any]] = {
    "nth": st.sampled_from([1, 2, 3]),
    "every": st.sampled_from([1, 2, 3]),
    "beyond": LIMITS,
}
COUNTING = st.one_of(
    st.just({}), *(st.fixed_dictionaries({name: values}) for name, values in COUNTS.items())
)


@st.composite
def places(draw: st.DrawFn, known: tuple[str, ...] = ()) -> On:
    """Calls that a fault may be about; some by one of the jobs that are known."""
    return On(
        provider=draw(rarely("acme", "zenith")),
        operation=draw(rarely(*OPERATIONS)),
        operations=draw(st.sampled_from([frozenset(), frozenset(), frozenset(PLACES[:2])])),
        job=draw(rarely(1, 2, 3)),
        id=draw(rarely(*known)) if known else None,
        states=draw(st.sampled_from([frozenset()] * 4 + [frozenset({one}) for one in Status])),
        match=draw(st.none() | st.none() | SEEN),
        between=draw(st.none() | st.none() | BETWEENS),
        **draw(COUNTING),
    )


def faults(known: tuple[str, ...] = ()) -> st.SearchStrategy[Fault]:
    """Faults of few names, so that some names are taken."""
    return st.builds(
        Fault,
        id=st.sampled_from(FAULTS_KNOWN),
        do=st.sampled_from(["status", "stall"]),
        phase=st.sampled_from(Phase),
        args=st.sampled_from([{}, {"code": 503, "retry": [1, "2s", None]}]),
        on=places(known),
        times=rarely(1, 2),
        until=rarely(3, 9),
    )


CARDS = st.builds(
    Card,
    family=st.sampled_from(FAMILIES),
    do=st.sampled_from(["status", "stall", "cut"]),
    phase=st.sampled_from(Phase),
    args=st.sampled_from([{}, {"after": 3}]),
    operations=st.frozensets(st.sampled_from(PLACES), min_size=1, max_size=4),
)
CHAOS = st.builds(
    Chaos,
    rates=st.dictionaries(st.sampled_from(FAMILIES), st.sampled_from([0.5, 0.25]), min_size=1),
    deck=st.lists(CARDS, min_size=1, max_size=4).map(tuple),
    seed=st.integers(0, 3),
)
ARMED_FROM_THE_START = st.lists(faults(), max_size=2, unique_by=lambda one: one.id).map(tuple)


def calls(known: list[str]) -> st.SearchStrategy[Called]:
    """Calls about the known jobs, about none, and some that bring a fault."""
    return st.builds(
        Called,
        provider=st.sampled_from([*["acme"] * 6, "zenith"]),
        operation=st.sampled_from(OPERATIONS),
        job=st.sampled_from([*known, *known, None, "nope"]),
        makes=st.sampled_from([0, 0, 0, 1, 2]),
        poll=st.sampled_from([True, True, False]),
        matched=st.frozensets(st.sampled_from(FAULTS_KNOWN), max_size=2),
        fault=st.none() | st.none() | st.none() | faults(),
    )
