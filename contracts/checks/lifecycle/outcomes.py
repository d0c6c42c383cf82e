"""What a client says of a job: what it was told and what is true, in the provider's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from urllib.parse import urlsplit

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import reported, why
from contracts.reading import (
    about,
    after,
    deed,
    downloads,
    looks,
    reason,
    refused,
    row,
    submits,
    told,
    word,
)
from contracts.trial import Ill, Trial
from emulator.core.jobs import Status
from emulator.server.recorder import Exchange

TRUE: Mapping[End, Set[Status]] = {
    End.SUCCEEDED: {Status.SUCCEEDED},
    End.FAILED: {Status.FAILED, Status.CANCELLED},
    End.CANCELLED: {Status.CANCELLED},
}
"""What a job must have come to, for a client to report this of it."""


def no_invented_success(trial: Trial) -> Iterator[Occasion]:
    """Success without a job that has succeeded."""
    if trial.outcome.outcome is not End.SUCCEEDED:
        return
    done = sum(job.status(trial.ended) is Status.SUCCEEDED for job in trial.jobs)
    if done >= trial.wanted:
        yield KEPT
        return
    stands = ", ".join(job.status(trial.ended) for job in trial.jobs) or "there is no job"
    yield broken(f"success was reported; in truth: {stands}", *looks(trial)[-1:])


def success_is_seen(trial: Trial) -> Iterator[Occasion]:
    """Every job was told to have succeeded, and the client did not report it."""
    seen = told(trial, "succeeded")
    jobs = {job.id for one in seen if (job := about(trial, one)) is not None}
    if not seen or len(jobs) < trial.wanted or refused(trial):
        return
    if any(one.fault for one in downloads(trial)):
        return
    if trial.outcome.outcome is End.SUCCEEDED:
        yield KEPT
    else:
        yield broken(f"a poll answered succeeded, and {reported(trial)}{why(trial)}", seen[0])


def all_results(trial: Trial) -> Iterator[Occasion]:
    """Fewer results than there are were reported as a success."""
    if trial.outcome.outcome is not End.SUCCEEDED or len(trial.jobs) > trial.wanted:
        return
    over = [job for job in trial.jobs if job.status(trial.ended) is Status.SUCCEEDED]
    there = sum(job.plan.delivers for job in over)
    given = len({_path(url) for url in trial.outcome.urls})
    if given < there:
        yield broken(f"{there} results were to be had, and {given} reported", *looks(trial)[-1:])
    elif there:
        yield KEPT


def own_results(trial: Trial) -> Iterator[Occasion]:
    """A link that is not one of this intent's jobs."""
    for url in trial.outcome.urls if trial.outcome.outcome is End.SUCCEEDED else ():
        ours = any(job.id in url for job in trial.jobs)
        yield (
            KEPT
            if ours or url.startswith("data:")
            else broken(f"{url[:120]} was reported, which is no result of this intent's")
        )


def failure_is_told(trial: Trial) -> Iterator[Occasion]:
    """A poll said failed, and the client did not."""
    seen = _failures(trial)
    if not seen or any(submits_after(trial, seen[0])):
        return
    if trial.outcome.outcome is End.FAILED:
        yield KEPT
    else:
        yield broken(f"a poll answered failed, and {reported(trial)}{why(trial)}", seen[0])


def failure_in_words(trial: Trial) -> Iterator[Occasion]:
    """A failure without the words that came with it."""
    seen = _failures(trial)
    words = [text for one in seen if (text := _words(trial, one))]
    if not words or trial.outcome.outcome is not End.FAILED:
        return
    if any(one in trial.outcome.reason for one in words):
        yield KEPT
    else:
        own = f"said {trial.outcome.reason!r}" if trial.outcome.reason else "gave no reason"
        yield broken(f"the provider said {words[0]!r}, and the client {own}", seen[0])


def unknown_word(trial: Trial) -> Iterator[Occasion]:
    """It crashed at a word, or took it for an end that the job has not come to."""
    odd = [one for one in looks(trial) if deed(trial, one) == "status_word"]
    if not odd:
        return
    odd_word, said_ = word(odd[0]), trial.outcome.outcome
    truth = {job.status(trial.ended) for job in trial.jobs}
    if trial.trouble is not None and odd[-1].number == len(trial.exchanges):
        yield broken(f"a poll said {odd_word!r}, and then: {trial.trouble}", odd[-1])
    elif said_ in TRUE and not TRUE[said_] & truth:
        yield broken(
            f"a poll said {odd_word!r}, and {reported(trial)}; in truth the job is"
            f" {', '.join(truth)}",
            odd[0],
        )
    else:
        yield KEPT


def says_something(trial: Trial) -> Iterator[Occasion]:
    """It crashed, or said what is no outcome."""
    ill = trial.trouble
    if ill is not None and ill.kind in (Ill.CRASH, Ill.GARBAGE, Ill.FLOOD):
        yield broken(str(ill), *trial.exchanges[-1:])
    elif ill is None:
        yield KEPT


def submits_after(trial: Trial, one: Exchange) -> list[Exchange]:
    """The submits that came after a call was answered."""
    return list(after(one, submits(trial)))


def _failures(trial: Trial) -> tuple[Exchange, ...]:
    """The polls that told a failure, where that is all there is to tell."""
    seen = told(trial, "failed")
    mixed = any(job.status(trial.ended) is not Status.FAILED for job in trial.jobs)
    return () if mixed else seen


def _words(trial: Trial, one: Exchange) -> str:
    """What a poll says of why its job failed."""
    job = about(trial, one)
    return reason(row(one, job)) if job is not None else ""


def _path(url: str) -> str:
    return url if url.startswith("data:") else urlsplit(url).path


CHECKS: Mapping[str, Check] = {
    "lifecycle.no-invented-success": no_invented_success,
    "lifecycle.success-is-seen": success_is_seen,
    "lifecycle.all-results": all_results,
    "lifecycle.own-results": own_results,
    "lifecycle.failure-is-told": failure_is_told,
    "lifecycle.failure-in-words": failure_in_words,
    "lifecycle.unknown-word": unknown_word,
    "lifecycle.says-something": says_something,
}
