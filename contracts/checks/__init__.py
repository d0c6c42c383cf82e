"""The checks: each reads a trial, and says on which occasions its clause was kept or broken. One
theme to a file, or to a folder."""

from collections.abc import Iterator, Mapping, Set

from contracts.checks import (
    assumptions,
    lifecycle,
    manners,
    money,
    requests,
    results,
    resume,
    streams,
)
from contracts.findings import Check, Occasion, clauses
from contracts.trial import Ill, Trial

THEMES = (assumptions, lifecycle, manners, money, requests, results, resume, streams)

_FOUND = {id: check for one in THEMES for id, check in one.CHECKS.items()}

CHECKS: Mapping[str, Check] = {id: _FOUND[id] for id in sorted(_FOUND, key=[*clauses()].index)}
"""Every check by the clause that it judges, in the order of the clauses."""


USUAL = frozenset({"lifecycle", "manners", "money", "requests", "results", "streams"})
"""The themes that every trial is judged by in which nothing else is at stake."""


def judge(
    trial: Trial, abilities: frozenset[str], already: Set[str] = frozenset()
) -> Iterator[tuple[str, Occasion]]:
    """Every occasion in the trial on which a clause came to bear that such a client can be held to.

    Under an assumption other than the usual one only the clauses about assumptions are judged, and
    of a client that was killed only those about being started again: both hold the others. What a
    client breaks `already`, with nothing assumed, is no matter of assumptions. Under an assumption
    with faults besides nothing is judged: it may hang on either.
    """
    if trial.trouble is not None and trial.trouble.kind is Ill.UNFIT:
        return
    if trial.case.kill is not None:
        yield from _held(trial, abilities, {"resume"})
    elif trial.case.scenario.assumptions:
        if trial.case.scenario.faults or trial.case.scenario.chaos:
            return
        held = _held(trial, abilities, USUAL)
        yield from assumptions.under(trial, (one for one in held if one[0] not in already))
        if not already & assumptions.ALREADY:
            yield from _held(trial, abilities, {"assumptions"})
    else:
        yield from _held(trial, abilities, USUAL)


def _held(
    trial: Trial, abilities: frozenset[str], themes: Set[str]
) -> Iterator[tuple[str, Occasion]]:
    """What the checks of these themes say."""
    for id, check in CHECKS.items():
        clause = clauses()[id]
        here = clause.provider in (None, trial.case.provider) and clause.needs <= abilities
        if here and clause.theme in themes:
            for occasion in check(trial):
                yield id, occasion
