"""Whether what a client keeps hangs on a guess: the other checks, under another assumption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from contracts.findings import KEPT, Check, Occasion
from contracts.intents import End
from contracts.phrases import reported, why
from contracts.reading import succeeds
from contracts.trial import Trial
from emulator.core.jobs import Status

MONEY, MANNERS = "assumptions.money", "assumptions.manners"
"""The clauses that are judged by what becomes of all the others."""

SUCCESS = (
    "lifecycle.waits-long-enough",
    "lifecycle.success-is-seen",
    "lifecycle.failure-is-told",
)
"""What the clause about success is called where nothing is assumed."""

ALREADY = frozenset({*SUCCESS, "lifecycle.says-something", "streams.failure-event"})
"""What says that a client does not succeed, or tell a failure, whatever is assumed."""


def success(trial: Trial) -> Iterator[Occasion]:
    """The job succeeded, and the video was not had; or it failed, and that was not told."""
    said = trial.outcome
    if succeeds(trial):
        had = said.outcome is End.SUCCEEDED and bool(said.urls)
        yield KEPT if had else Occasion(f"under {_guess(trial)}, {reported(trial)}{why(trial)}")
    elif trial.jobs and all(one.status(trial.ended) is Status.FAILED for one in trial.jobs):
        told = said.outcome is End.FAILED
        yield (
            KEPT
            if told
            else Occasion(
                f"under {_guess(trial)}, the job failed, and {reported(trial)}{why(trial)}"
            )
        )


def under(trial: Trial, found: Iterable[tuple[str, Occasion]]) -> Iterator[tuple[str, Occasion]]:
    """What the other clauses say of the trial, as what it means for those about assumptions."""
    kept = {MONEY: KEPT, MANNERS: KEPT}
    for id, occasion in found:
        if id in SUCCESS:
            continue
        clause = MONEY if id.startswith("money.") else MANNERS
        if not occasion.kept and kept.pop(clause, None) is not None:
            text = f"under {_guess(trial)}, {id}: {occasion.seen}"
            yield clause, Occasion(text, occasion.exchanges)
    yield from kept.items()


def _guess(trial: Trial) -> str:
    given = trial.case.scenario.assumptions
    return ", ".join(f"{id}: {choice}" for id, choice in given.items())


CHECKS: Mapping[str, Check] = {"assumptions.success": success}
