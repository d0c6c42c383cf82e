"""What a client makes of a job's life: it invents nothing, misses nothing, and comes to an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from urllib.parse import urlsplit

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.reading import (
    about,
    after,
    deed,
    downloads,
    looks,
    plain,
    refused,
    said,
    seconds,
    streams,
    submits,
    succeeds,
    told,
    word,
)
from contracts.trial import Ill, Trial
from emulator.core.clock import SECOND
from emulator.core.jobs import Status
from emulator.server.recorder import UNANSWERED, Exchange

GRACE = 30 * SECOND
"""What a client may take beyond its deadline: a last call and its own timeout."""

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
        yield broken(f"a poll answered succeeded; reported was {trial.outcome.outcome}", seen[0])


def all_results(trial: Trial) -> Iterator[Occasion]:
    """Fewer results than there are were reported as a success."""
    if trial.outcome.outcome is not End.SUCCEEDED or len(trial.jobs) > trial.wanted:
        return
    over = [job for job in trial.jobs if job.status(trial.ended) is Status.SUCCEEDED]
    there = sum(job.plan.delivers for job in over)
    reported = len({_path(url) for url in trial.outcome.urls})
    if reported < there:
        yield broken(f"{there} results were to be had, and {reported} reported", *looks(trial)[-1:])
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
        yield broken(f"a poll answered failed; reported was {trial.outcome.outcome}", seen[0])


def failure_in_words(trial: Trial) -> Iterator[Occasion]:
    """A failure without the words that came with it."""
    seen = _failures(trial)
    words = [text for one in seen if (text := _words(one))]
    if not words or trial.outcome.outcome is not End.FAILED:
        return
    if any(one in trial.outcome.reason for one in words):
        yield KEPT
    else:
        yield broken(
            f"the provider said {words[0]!r}; reported was {trial.outcome.reason or 'no reason'!r}",
            seen[0],
        )


def cancelled_is_an_end(trial: Trial) -> Iterator[Occasion]:
    """It polled on after cancelled, or took it for success."""
    for one in told(trial, "cancelled"):
        again = [two for two in after(one, looks(trial)) if about(trial, two) == about(trial, one)]
        if again:
            yield broken("a poll said cancelled, and the job was polled again", one, again[0])
        elif trial.outcome.outcome is End.SUCCEEDED and trial.wanted == 1 == len(trial.jobs):
            yield broken("a poll said cancelled, and success was reported", one)
        else:
            yield KEPT
        return


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
            f"a poll said {odd_word!r}; reported was {said_}, and in truth the job is"
            f" {', '.join(truth)}",
            odd[0],
        )
    else:
        yield KEPT


def waits_long_enough(trial: Trial) -> Iterator[Occasion]:
    """Nothing was in the way, and the client did not get its video."""
    scenario = trial.case.scenario
    if scenario.faults or scenario.chaos or not succeeds(trial) or trial.trouble is not None:
        return
    if trial.outcome.outcome is End.SUCCEEDED:
        yield KEPT
        return
    ends = max(job.ended(trial.settled) or trial.settled for job in trial.jobs)
    yield broken(
        f"the job succeeded after {seconds(ends - trial.began)}, of"
        f" {trial.intent.deadline_s:g} s that there were; reported was"
        f" {trial.outcome.outcome} after {seconds(trial.ended - trial.began)}:"
        f" {trial.outcome.error or trial.outcome.reason}"
    )


def ends_in_time(trial: Trial) -> Iterator[Occasion]:
    """It went on beyond its deadline."""
    if not trial.virtual or _hangs(trial):
        return
    took = trial.ended - trial.began
    if took > trial.intent.deadline_s * SECOND + GRACE:
        yield broken(f"it went on for {seconds(took)}, of {trial.intent.deadline_s:g} s it had")
    else:
        yield KEPT


def never_hangs(trial: Trial) -> Iterator[Occasion]:
    """It waited for an answer until it was stopped."""
    if _hangs(trial):
        yield broken(str(trial.trouble), *trial.exchanges[-1:])
        return
    if any(one.status == UNANSWERED and one.ended - one.began > SECOND for one in _asked(trial)):
        yield KEPT


def stops_when_done(trial: Trial) -> Iterator[Occasion]:
    """It asked on about a job whose end it knew, though not for a new link."""
    for one in told(trial, "succeeded", "failed"):
        job = about(trial, one)
        again = [
            two
            for two in after(one, looks(trial))
            if about(trial, two) == job and two.operation == one.operation
        ]
        fetched = any(two.number > one.number for two in downloads(trial))
        if again and not fetched and not again[0].fault:
            yield broken(f"the job had {word(one)}, and was polled again", one, again[0])
        else:
            yield KEPT
        return


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


def _words(one: Exchange) -> str:
    """What a poll says of why its job failed."""
    error = said(one).get("error")
    words = error.get("message") if isinstance(error, Mapping) else said(one).get("error_message")
    return words if isinstance(words, str) else ""


def _hangs(trial: Trial) -> bool:
    ill = trial.trouble
    if ill is None or ill.kind not in (Ill.OVERRUN, Ill.STUCK):
        return False
    last = _asked(trial)[-1:]
    waits = any(
        one.status == UNANSWERED
        and one.ended >= trial.ended - SECOND
        and one.ended - one.began > SECOND
        for one in last
    )
    stuck = ill.kind is Ill.STUCK and trial.virtual
    return stuck or waits or "nothing is to come" in ill.text


def _asked(trial: Trial) -> list[Exchange]:
    """The calls that have an answer coming: streams have none that ends."""
    listening = {one.number for one in streams(trial) if plain(one)}
    return [one for one in trial.exchanges if one.number not in listening]


def _path(url: str) -> str:
    return url if url.startswith("data:") else urlsplit(url).path


CHECKS: Mapping[str, Check] = {
    "lifecycle.no-invented-success": no_invented_success,
    "lifecycle.success-is-seen": success_is_seen,
    "lifecycle.all-results": all_results,
    "lifecycle.own-results": own_results,
    "lifecycle.failure-is-told": failure_is_told,
    "lifecycle.failure-in-words": failure_in_words,
    "lifecycle.cancelled-is-an-end": cancelled_is_an_end,
    "lifecycle.unknown-word": unknown_word,
    "lifecycle.waits-long-enough": waits_long_enough,
    "lifecycle.ends-in-time": ends_in_time,
    "lifecycle.never-hangs": never_hangs,
    "lifecycle.stops-when-done": stops_when_done,
    "lifecycle.says-something": says_something,
}
