"""Chance, from the seed: a careful client comes through it, and the books agree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.stories import careful
from tests.scenarios.stories.client import OVER, Client
from tests.scenarios.stories.playing import Play

IMPATIENT = 0.3
"""Seconds after which a client gives up on an answer that is not to come."""

BATCH = 10


def mild(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive, good = (play(provider, timeout=IMPATIENT) for _ in range(2))
        with pytest.raises(careful.WRONG):
            _unprotected(naive)

        jobs = [job for job in _ordered(good) if job]
        assert {careful.follow(good, job)["status"] for job in jobs} == {"succeeded"}
        assert (good.made, good.paid) == (BATCH, BATCH)
        assert good.world.drawn


def rough(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        good = play(provider, timeout=IMPATIENT)
        jobs = list(_ordered(good))
        ends = [_end(good, job) for job in jobs if job]
        unknown = jobs.count(None)
        good.wait(3600)
        assert good.made == len(jobs)
        assert ends.count("succeeded") <= good.paid <= ends.count("succeeded") + unknown
        assert good.world.ledger["balances"]
        assert len({one["family"] for one in good.world.drawn}) >= 4


def _ordered(client: Client) -> Iterator[str | None]:
    """The jobs of a batch, up to the first submit that never goes through."""
    for nth in range(BATCH):
        try:
            yield careful.submit(client, f"kite {nth}")
        except TimeoutError:
            return


def _end(client: Client, job: str) -> str:
    try:
        return str(careful.follow(client, job)["status"])
    except TimeoutError:
        return "given up"


def _unprotected(client: Client) -> None:
    """A batch by somebody to whom nothing ever happens."""
    for nth in range(BATCH):
        job = client.submit(f"kite {nth}")
        while client.status(job) not in OVER:
            client.wait(5)
