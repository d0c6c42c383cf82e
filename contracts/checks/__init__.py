"""The checks: each reads a trial, and says which clause it shows broken. One theme to a file."""

from collections.abc import Iterator, Mapping

from contracts.checks import lifecycle, manners, money
from contracts.findings import Check, Finding
from contracts.trial import Trial

CHECKS: Mapping[str, Check] = {**lifecycle.CHECKS, **manners.CHECKS, **money.CHECKS}
"""Every check by the clause that it judges."""


def judge(trial: Trial) -> Iterator[Finding]:
    """Every clause that the trial shows broken."""
    for check in CHECKS.values():
        yield from check(trial)
