"""How a client asks: not too often, not before it may, and not again what was refused."""

from collections.abc import Mapping

from contracts.checks.manners import failures, polls, refusals, retry_after
from contracts.findings import Check

CHECKS: Mapping[str, Check] = {
    **polls.CHECKS,
    **retry_after.CHECKS,
    **failures.CHECKS,
    **refusals.CHECKS,
}
