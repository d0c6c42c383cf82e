"""Whether a submit is let in: who takes its jobs, and how many of them the balance covers."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.core.commands import Short
from emulator.core.jobs import Draft
from emulator.core.money import Micros, dollars
from emulator.core.refusals import Reason, Refused


def route(accounts: Sequence[bool], failing: int) -> int:
    """The first healthy upstream account, of which the first `failing` fail; Refused if none is
    left."""
    healthy = [number for number, well in enumerate(accounts) if well]
    if failing >= len(healthy):
        raise Refused(Reason.NO_ROUTE, "No healthy route is currently available.")
    return healthy[failing]


def covered(drafts: tuple[Draft, ...], available: Micros, short: Short) -> int:
    """How many of the drafts the balance covers, from the first on; Refused if too few."""
    left, count = available, 0
    for draft in drafts:
        if draft.hold > left:
            break
        left -= draft.hold
        count += 1
    lacking = count < len(drafts)
    if lacking and (short is Short.REFUSE or (short is Short.PART and not count)):
        needed = sum(draft.hold for draft in drafts)
        raise Refused(
            Reason.NO_CREDIT,
            f"{dollars(needed)} USD are needed, {dollars(available)} USD are available",
        )
    return count
