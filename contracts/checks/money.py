"""What a client does with the money: it buys one video for one intent, and loses none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.findings import Check, Finding
from contracts.intents import End
from contracts.trial import Trial, submits
from emulator.core.jobs import Status
from emulator.core.money import dollars


def one_job_per_intent(trial: Trial) -> Iterator[Finding]:
    """More jobs than were asked for, of which none had failed before the next was made."""
    wanted = int(trial.intent.body.get("num_generations") or 1)
    live = [job for job in trial.jobs if job.status(trial.ended) is not Status.FAILED]
    if len(live) > wanted:
        made = [one.number for one in submits(trial)]
        yield Finding(
            clause="money.one-job-per-intent",
            seen=f"{len(live)} jobs were made for one intent;"
            f" {dollars(sum(job.hold for job in live))} USD were set aside for them",
            exchanges=tuple(made),
        )


def no_paid_result_lost(trial: Trial) -> Iterator[Finding]:
    """Paid for, and neither reported nor named, though the client was told the id."""
    said = trial.outcome
    told = [one for one in submits(trial) if one.status == 200 and not one.fault]
    paid = [job for job in trial.jobs if job.charged(trial.ended)]
    if paid and told and said.outcome is not End.SUCCEEDED and said.job is None:
        yield Finding(
            clause="money.no-paid-result-lost",
            seen=f"{dollars(trial.captured)} USD were charged; reported was {said.outcome}"
            " without a job",
            exchanges=(told[0].number,),
        )


def nothing_after_failure(trial: Trial) -> Iterator[Finding]:
    """A submit behind the end of a failed job."""
    failed = [job.ended(trial.ended) for job in trial.jobs]
    ends = [
        at
        for at, job in zip(failed, trial.jobs, strict=True)
        if at is not None and job.status(trial.ended) is Status.FAILED
    ]
    late = [one for one in submits(trial) if ends and one.began > min(ends)]
    if late:
        yield Finding(
            clause="money.nothing-after-failure",
            seen="a job had failed, and another was submitted that nobody asked for",
            exchanges=tuple(one.number for one in late),
        )


CHECKS: Mapping[str, Check] = {
    "money.one-job-per-intent": one_job_per_intent,
    "money.no-paid-result-lost": no_paid_result_lost,
    "money.nothing-after-failure": nothing_after_failure,
}
