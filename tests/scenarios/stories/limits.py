"""Too many calls, too many jobs, and words about when to come back."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest

from contracts.worlds import Unwilling
from tests.scenarios.stories import careful
from tests.scenarios.stories.client import OVER, Client
from tests.scenarios.stories.playing import Play


def storm_of_429(play: Play) -> None:
    naive = play()
    with pytest.raises(httpx.HTTPStatusError) as first:
        naive.submit()
    naive.wait(float(first.value.response.headers["retry-after"]))
    with pytest.raises(httpx.HTTPStatusError) as second:
        naive.submit()
    with pytest.raises(ValueError, match="could not convert"):
        float(second.value.response.headers["retry-after"])

    for provider in ("oxen", "omixa"):
        good, waits = play(provider), []
        for attempt in range(3):
            with pytest.raises(httpx.HTTPStatusError) as error:
                good.submit()
            waits.append(careful.pause(error.value, attempt))
            good.wait(waits[-1])
        assert waits == [20, 30, careful.STEP * 4]
        good.submit()
        assert good.made == 1


def retry_after_absurd(play: Play) -> None:
    naive = play()
    with pytest.raises(httpx.HTTPStatusError) as error:
        naive.submit()
    told = float(error.value.response.headers["retry-after"])
    assert told > 3000 * 365 * 86_400
    with pytest.raises(Unwilling, match="at most ten years"):
        naive.wait(told)

    good = play()
    job = careful.submit(good)
    assert job is not None
    assert good.refused(503) == 4
    assert good.waited < 300
    assert good.made == 1


def rate_window(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider)
        job = naive.submit()
        for _ in range(60):
            with suppress(httpx.HTTPStatusError):
                naive.status(job)
            naive.wait(1)
        assert naive.refused(429) == 55

        good = play(provider)
        assert careful.follow(good, good.submit())["status"] == "succeeded"
        assert 1 <= good.refused(429) <= 2


def concurrency_cap(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider)
        naive.submit(), naive.submit()
        for _ in range(2):
            with pytest.raises(httpx.HTTPStatusError, match="429"):
                naive.submit()
        naive.wait(600)
        assert (naive.made, naive.paid) == (2, 2)

        good = play(provider)
        jobs = [careful.submit(good, f"kite {nth}") for nth in range(4)]
        rows = [careful.follow(good, job) for job in jobs if job is not None]
        assert [row["status"] for row in rows] == ["succeeded"] * 4
        assert (good.made, good.paid) == (4, 4)


def queue_under_load(play: Play) -> None:
    def batch(client: Client) -> list[str]:
        return [client.submit(f"kite {nth}") for nth in range(6)]

    for provider in ("oxen", "omixa"):
        naive = play(provider)
        jobs = batch(naive)
        naive.wait(90)
        late = [job for job in jobs if naive.status(job) not in OVER]
        assert len(late) == 4
        for job in late:
            naive.submit(job)
        naive.wait(600)
        assert naive.paid == 10

        good = play(provider)
        rows = [careful.follow(good, job) for job in batch(good)]
        assert [row["status"] for row in rows] == ["succeeded"] * 6
        assert 180 <= good.waited <= 190
        assert good.paid == 6
