"""The part of a search that chance draws: faults or guesses, plans, timing and requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from contracts.cases import Case
from contracts.ground import WORDS, Ground
from contracts.singles import singles
from contracts.strategies import bodies
from contracts.walk import guesses
from emulator.core.clock import SECOND
from emulator.core.faults import Fault
from emulator.core.scenario import Ending, PlanRule

MOST = 4
"""Faults in one case, or guesses, at the most."""

DRAWN = frozenset({"enqueue", "generate", "create"})
"""The operations whose bodies are drawn: those that ask for a video."""

LATEST = 6
"""Which call of an operation a fault may strike, at the latest."""


class Unbiased(HypothesisProvider):
    """Draws as hypothesis does, except that it has no liking for the constants in the source of
    whatever modules are loaded: the same seed would draw other cases beside another client."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS["understudy"] = f"{__name__}.Unbiased"


def combinations(here: Ground, examples: int, number: int) -> Iterator[Case]:
    """So many cases, the same for the same number."""
    if not examples:
        return
    found: list[Case] = []

    @seed(number)
    @settings(
        max_examples=examples,
        backend="understudy",
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(here))
    def draw(case: Case) -> None:
        found.append(case)

    with TemporaryDirectory(prefix="understudy-") as folder:
        set_hypothesis_home_dir(folder)  # What it writes would lie in the user's folder.
        try:
            draw()
        finally:
            set_hypothesis_home_dir(None)
    for nth, case in enumerate(found, 1):
        yield replace(case, name=f"drawn/{number}/{nth}")


@st.composite
def cases(draw: st.DrawFn, here: Ground) -> Case:
    """A case of several faults, or of several guesses that are wrong, with a plan of its own, and
    perhaps another request. Never of both: what a fault makes a client do hangs on no guess."""
    given: dict[str, Any] = {"plans": (draw(_plans(here)),), "body": draw(_bodies(here))}
    if draw(st.sampled_from([True, False, False, False])):
        return here.case("drawn", assumptions=draw(_guesses(here)), **given)
    some = st.lists(_faults(here), max_size=MOST, unique_by=lambda one: one.id)
    faults = tuple(draw(some if singles(here) else st.just([])))
    return here.case("drawn", faults=faults, **given)


def _guesses(here: Ground) -> st.SearchStrategy[dict[str, str]]:
    """Undocumented behaviours, each of which falls otherwise than is assumed."""
    one = st.sampled_from(list(guesses(here.provider)))
    return st.lists(one, min_size=2, max_size=MOST, unique_by=lambda pair: pair[0]).map(dict)


@st.composite
def _faults(draw: st.DrawFn, here: Ground) -> Fault:
    fault = draw(st.sampled_from(singles(here)))
    nth = draw(st.integers(1, LATEST))
    id = f"{fault.do}-{fault.on.operation}-{nth}"
    return replace(fault, id=id, on=replace(fault.on, nth=nth))


@st.composite
def _plans(draw: st.DrawFn, here: Ground) -> PlanRule:
    ending = draw(st.sampled_from([Ending.SUCCEED, Ending.SUCCEED, Ending.FAIL, Ending.CANCEL]))
    words: dict[str, Any] = {"error": WORDS} if ending is Ending.FAIL else {}
    if not here.virtual:
        return replace(here.plan, ending=ending, **words)
    queued, running = draw(st.integers(0, 60)), draw(st.integers(1, 200))
    return PlanRule(ending=ending, queued=queued * SECOND, running=running * SECOND, **words)


def _bodies(here: Ground) -> st.SearchStrategy[Any]:
    """The body that was asked for, or another that the contract allows."""
    usual = st.just(here.body)
    drawn = [bodies(here.provider, one) for one in here.reached if one in DRAWN and not here.fixed]
    return st.one_of(usual, *drawn)
