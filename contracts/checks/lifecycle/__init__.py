"""What a client makes of a job's life: it invents nothing, misses nothing, and comes to an end."""

from collections.abc import Mapping

from contracts.checks.lifecycle import endings, outcomes
from contracts.findings import Check

CHECKS: Mapping[str, Check] = {**outcomes.CHECKS, **endings.CHECKS}
