"""What a client makes of its own death: started again with what it saved, it finds its job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.cases import When
from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import reported, unnamed, why
from contracts.reading import bought, made, submits
from contracts.trial import SUBMITS, Trial
from emulator.server.recorder import Exchange


def starts_afresh(trial: Trial) -> Iterator[Occasion]:
    """Killed with nothing bought, it did not get the video."""
    if trial.killed is None or _first(trial):
        return
    if trial.outcome.outcome is End.SUCCEEDED:
        yield KEPT
    else:
        yield broken(
            "killed before it had submitted anything and started again,"
            f" {reported(trial)}{why(trial)}"
        )


def finds_its_job(trial: Trial) -> Iterator[Occasion]:
    """Killed with its job's id known, it reported something else."""
    first = _first(trial)
    if not first or _in_doubt(trial):
        return
    ids = [job.id for one in first for job in made(trial, one)]
    said = trial.outcome
    own = all(any(id in url for url in said.urls) for id in ids)
    if said.outcome is End.SUCCEEDED and own:
        yield KEPT
    else:
        text = f"{reported(trial)} of {said.job}" if said.job else unnamed(trial)
        yield broken(
            f"killed after its submit was answered and started again, {text}{why(trial)}",
            first[0],
        )


def buys_nothing(trial: Trial) -> Iterator[Occasion]:
    """Killed with its job's id known, it submitted again."""
    first = _first(trial)
    if first and not _in_doubt(trial):
        yield from _again(trial, first, "after its submit was answered")


def nothing_in_doubt(trial: Trial) -> Iterator[Occasion]:
    """Killed between its submit and the answer, it submitted again."""
    first = _first(trial)
    if first and _in_doubt(trial):
        yield from _again(trial, first, "before its submit was answered")


def _again(trial: Trial, first: list[Exchange], when: str) -> Iterator[Occasion]:
    more = [one for one in submits(trial) if one.number > (trial.killed or 0) and made(trial, one)]
    if more and len(bought(trial)) > trial.wanted:
        yield broken(f"killed {when} and started again, it submitted once more", first[0], more[0])
    else:
        yield KEPT


def _first(trial: Trial) -> list[Exchange]:
    """The submits before the client was killed that had made jobs."""
    return [one for one in submits(trial) if one.number <= (trial.killed or 0) and made(trial, one)]


def _in_doubt(trial: Trial) -> bool:
    """Whether it was killed with the answer to its submit under way."""
    kill = trial.case.kill
    if kill is None or kill.when is not When.WITHIN or trial.killed is None:
        return False
    return trial.exchanges[kill.call - 1].operation in SUBMITS


CHECKS: Mapping[str, Check] = {
    "resume.starts-afresh": starts_afresh,
    "resume.finds-its-job": finds_its_job,
    "resume.buys-nothing": buys_nothing,
    "resume.nothing-in-doubt": nothing_in_doubt,
}
