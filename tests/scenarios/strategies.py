"""Draws whole scenarios, with everything in them that a file can say."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from emulator.core.clock import HOUR, LATEST, SECOND, Mode, Pace
from emulator.core.faults import Beyond, Chaos, Fault, Match, On
from emulator.core.jobs import Status
from emulator.core.money import DOLLAR
from emulator.core.scenario import Ending, KeyRule, PlanRule, Scenario, View
from emulator.faults.catalogue import befalls, catalogue, deck, kinds, placed
from emulator.faults.deed import Example, Family
from emulator.providers.port import Kind
from emulator.providers.registry import assumptions, providers
from emulator.scenarios.names import known_models

calm = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.text(min_size=1, max_size=6) | st.sampled_from(
    [
        "on",
        "no",
        "nulled",
        "~",
        "1",
        "1e3",
        "<<",
        "2026-01-01",
        " a",
        "a: b",
        "# a",
        "*a",
        "\n",
        "é",
        "\x7f",
        "\u2028",
    ]
)
SPANS = st.integers(0, 10**12) | st.integers(0, 10**6).map(lambda one: one * SECOND)
COUNTS = st.integers(1, 9)
MODELS = st.sampled_from(known_models())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of these, or None."""
    return st.none() | values


@st.composite
def rules(draw: st.DrawFn) -> PlanRule:
    """A plan rule."""
    error = draw(TEXTS)
    return PlanRule(
        provider=draw(maybe(st.sampled_from(list(providers())))),
        job=draw(maybe(COUNTS)),
        model=draw(maybe(MODELS)),
        match=draw(st.dictionaries(TEXTS, JSON, max_size=2)),
        ending=draw(st.sampled_from(Ending)),
        queued=draw(maybe(SPANS)),
        running=draw(maybe(SPANS)),
        queued_polls=draw(maybe(COUNTS)),
        running_polls=draw(maybe(COUNTS)),
        slots=draw(maybe(COUNTS)),
        deliver=draw(maybe(st.integers(0, 4))),
        **({} if draw(st.booleans()) else {"error": error}),
    )


MATCHES = st.builds(
    Match,
    method=maybe(st.sampled_from(["GET", "P*"])),
    headers=st.dictionaries(st.sampled_from(["x-a", "accept"]), TEXTS, max_size=2),
    json=st.dictionaries(TEXTS, JSON, max_size=2),
)
LIMITS = st.builds(Beyond, calls=st.integers(0, 5), per=SPANS.filter(bool)) | st.builds(
    Beyond, jobs=st.integers(0, 5)
)
WINDOWS = st.tuples(SPANS, SPANS).filter(lambda two: two[0] != two[1]).map(sorted).map(tuple)
EXAMPLES: list[tuple[str, Example]] = [
    (name, one) for name, cls in catalogue().items() for one in cls.examples
]


@st.composite
def faults(draw: st.DrawFn, id: str) -> Fault:
    """A fault that befalls something."""
    name, example = draw(st.sampled_from(EXAMPLES))
    cls = catalogue()[name]
    return placed(
        Fault(
            id=id,
            do=name,
            args=draw(st.sampled_from([{}, example.args])),
            phase=draw(st.sampled_from(cls.phases)),
            on=draw(
                _connects(name) if example.kind is Kind.CONNECT else _calls(name, example.kind)
            ),
            times=draw(maybe(COUNTS)),
            until=draw(maybe(SPANS)),
        )
    )


def _connects(name: str) -> st.SearchStrategy[On]:
    nth = st.none() if name == "refuse_connections" else maybe(COUNTS)
    return st.builds(On, operation=maybe(st.just("connect")), nth=nth, between=maybe(WINDOWS))


@st.composite
def _calls(draw: st.DrawFn, name: str, kind: Kind) -> On:
    cls = catalogue()[name]
    provider, operation = draw(
        st.sampled_from([one for one in kinds() if befalls(cls, one[0], kinds()[one])])
    )
    which = draw(
        st.sampled_from([{"provider": provider}, {"operation": operation}, {}])
        | st.just({"provider": provider, "operation": operation})
    )
    counted = draw(
        st.fixed_dictionaries({"nth": COUNTS})
        | st.fixed_dictionaries({"every": COUNTS})
        | st.fixed_dictionaries({"beyond": LIMITS})
        | st.just({})
    )
    about = draw(
        st.fixed_dictionaries({"job": COUNTS}) | st.fixed_dictionaries({"id": TEXTS}) | st.just({})
    )
    return On(
        **which,
        **counted,
        **about,
        states=draw(st.frozensets(st.sampled_from(Status))),
        match=draw(maybe(MATCHES)),
        between=draw(maybe(WINDOWS)),
        event=draw(maybe(COUNTS)) if cls.kinds == {Kind.STREAM} else None,
    )


@st.composite
def armed(draw: st.DrawFn) -> tuple[Fault, ...]:
    """Faults, some of them with an id of their own."""
    fit = TEXTS.filter(lambda id: "/" not in id)
    ids = draw(st.lists(fit | st.just("fault-1"), max_size=3, unique=True))
    names = [id if draw(st.booleans()) else f"fault-{nth}" for nth, id in enumerate(ids, 1)]
    return tuple(draw(faults(id=id)) for id in dict.fromkeys(names))


CHAOS = st.builds(
    Chaos,
    rates=st.dictionaries(st.sampled_from([one.value for one in Family]), st.floats(0, 0.125)),
    deck=st.just(deck()),
    seed=st.integers(0, 9),
)
CHOICES = st.lists(
    st.sampled_from([(one.id, word) for one in assumptions() for word in one.choices]), max_size=4
).map(dict)
MONEY = st.integers(0, 10**9 * DOLLAR)
KEYS = st.builds(KeyRule, models=maybe(st.frozensets(MODELS, max_size=3)))

SCENARIOS = st.builds(
    Scenario,
    name=maybe(st.sampled_from(["stage", "a-1_b"])),
    seed=st.integers(0, 10**15),
    start=st.integers(0, LATEST) | st.just(HOUR),
    pace=st.builds(Pace, st.sampled_from(Mode), st.floats(0.001, 1_000_000)),
    view=st.sampled_from(View),
    balance=MONEY,
    prices=st.dictionaries(MODELS, MONEY, max_size=2),
    plans=st.lists(rules(), max_size=3).map(tuple),
    assumptions=CHOICES,
    keys=st.dictionaries(TEXTS, KEYS, max_size=2),
    accounts=st.lists(st.booleans(), max_size=3).map(tuple),
    keep=st.integers(0, 10**6),
    faults=armed(),
    chaos=maybe(CHAOS),
)
