"""What a client makes of a job's life: it invents nothing, misses nothing, and comes to an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.findings import Check, Finding
from contracts.intents import End
from contracts.trial import Trial, looks
from emulator.core.clock import SECOND
from emulator.core.jobs import Status

GRACE = 30 * SECOND
"""What a client may take beyond its deadline: a last call and its own timeout."""


def no_invented_success(trial: Trial) -> Iterator[Finding]:
    """Success without a job that has succeeded."""
    if trial.outcome.outcome is not End.SUCCEEDED:
        return
    done = {job.id for job in trial.jobs if job.status(trial.ended) is Status.SUCCEEDED}
    if not done:
        stands = ", ".join(job.status(trial.ended) for job in trial.jobs) or "there is no job"
        yield Finding(
            clause="lifecycle.no-invented-success", seen=f"success was reported; in truth: {stands}"
        )


def success_is_seen(trial: Trial) -> Iterator[Finding]:
    """A poll said succeeded, and the client did not."""
    told = [one for one in looks(trial) if one.state == Status.SUCCEEDED and not one.fault]
    if told and trial.outcome.outcome is not End.SUCCEEDED:
        yield Finding(
            clause="lifecycle.success-is-seen",
            seen=f"a poll answered succeeded; reported was {trial.outcome.outcome}",
            exchanges=(told[0].number,),
        )


def failure_is_told(trial: Trial) -> Iterator[Finding]:
    """A poll said failed, and the client did not, or without the words."""
    told = [one for one in looks(trial) if one.state == Status.FAILED and not one.fault]
    words = [job.plan.error or "" for job in trial.jobs if job.status(trial.ended) is Status.FAILED]
    said = trial.outcome
    if told and not (
        said.outcome is End.FAILED and any(one in said.reason for one in words if one)
    ):
        yield Finding(
            clause="lifecycle.failure-is-told",
            seen=f"a poll answered failed ({'; '.join(words)}); reported was {said.outcome}"
            f" with {said.reason or 'no reason'!r}",
            exchanges=(told[0].number,),
        )


def ends_in_time(trial: Trial) -> Iterator[Finding]:
    """It went on beyond its deadline."""
    took = trial.ended - trial.began
    if took > trial.intent.deadline_s * SECOND + GRACE:
        yield Finding(
            clause="lifecycle.ends-in-time",
            seen=f"it went on for {took / SECOND:g} s, of {trial.intent.deadline_s:g} it had",
        )


def says_something(trial: Trial) -> Iterator[Finding]:
    """It crashed, or said what is no outcome."""
    if trial.trouble and not trial.trouble.startswith("overrun"):
        yield Finding(clause="lifecycle.says-something", seen=trial.trouble)


CHECKS: Mapping[str, Check] = {
    "lifecycle.no-invented-success": no_invented_success,
    "lifecycle.success-is-seen": success_is_seen,
    "lifecycle.failure-is-told": failure_is_told,
    "lifecycle.ends-in-time": ends_in_time,
    "lifecycle.says-something": says_something,
}
