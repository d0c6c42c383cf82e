"""What becomes of a job, and what is told of it: lags, strange words, ends and no end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.scenarios.stories import careful
from tests.scenarios.stories.client import OVER, QUEUE, Client
from tests.scenarios.stories.playing import Play
from tests.server.caller import STATUS

WORKING = ("queued", "processing", "running")


def brown_out(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive, good = play(provider), play(provider)
        job = naive.submit()
        naive.wait(10)
        with pytest.raises(ValueError, match="Expecting value"):
            _unchecked(naive, job)["status"]
        naive.wait(60)
        assert naive.paid == 1

        job = good.submit()
        good.wait(10)
        assert careful.follow(good, job)["status"] == "succeeded"
        assert good.refused(502)
        assert good.refused(503)


def _unchecked(client: Client, job: str) -> Any:
    """A poll by somebody who takes every answer for a job."""
    path = f"{QUEUE}/{job}" if client.hub else f"{STATUS}?operation={job}"
    return client.http.get(path).json()


def status_fails_when_terminal(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive, good = play(provider), play(provider)
        job = naive.submit()
        naive.wait(29)
        assert naive.status(job) in WORKING
        naive.wait(1)
        for _ in range(10):
            with pytest.raises(httpx.HTTPStatusError, match="500"):
                naive.poll(job)
        assert naive.paid == 1

        assert careful.follow(good, good.submit())["status"] == "succeeded"
        assert good.refused(500) == 12


def stuck_for_weeks(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider)
        job = naive.submit()
        naive.wait(3 * 7 * 86_400)
        assert naive.status(job) in WORKING
        assert naive.held > 0

        good = play(provider)
        job = good.submit()
        with pytest.raises(TimeoutError):
            careful.follow(good, job)
        if good.hub:
            good.cancel(job)
            assert good.status(job) == "cancelled"
            assert good.held == 0
        assert good.paid == 0


def not_found_at_first(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive, good = play(provider), play(provider)
        for _ in range(2):
            job = naive.submit()
            with pytest.raises(httpx.HTTPStatusError, match="404"):
                naive.poll(job)
        careful.follow(naive, naive.submit())
        naive.wait(120)
        assert (naive.made, naive.paid) == (3, 3)

        assert careful.follow(good, good.submit())["status"] == "succeeded"
        assert (good.made, good.paid) == (1, 1)


def stale_read_goes_backwards(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        client = play(provider)
        job = client.submit()
        client.wait(30)
        seen = [client.status(job) for _ in range(4)]
        assert [word in OVER for word in seen] == [True, False, True, False]
        assert careful.follow(client, job)["status"] == "succeeded"
        assert client.paid == 1


def unknown_status_word(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive, good = play(provider), play(provider)
        job = naive.submit()
        while (row := naive.poll(job))["status"] in WORKING:
            naive.wait(5)
        assert row["status"] == "expired"
        with pytest.raises((AttributeError, LookupError)):
            row["result_url"].encode() if naive.hub else row["data"][0]

        assert careful.follow(good, good.submit())["status"] == "succeeded"


@dataclass
class Row:
    """Omixa's job and nothing else."""

    provider: str
    model: str
    status: str
    operation: str
    data: list[Any]
    poll_after_seconds: int | None = None


def new_fields_and_nulls(play: Play) -> None:
    naive = play("omixa")
    job = naive.submit()
    with pytest.raises(TypeError, match="x_new"):
        Row(**naive.poll(job))
    with pytest.raises(AttributeError):
        naive.poll(job)["status"].lower()
    with pytest.raises(KeyError):
        naive.status(job)

    for provider in ("oxen", "omixa"):
        good = play(provider)
        assert careful.follow(good, good.submit())["status"] == "succeeded"


def provider_cancels(play: Play) -> None:
    hub = play()
    stream, job = hub.listen(), hub.submit()
    assert careful.follow(hub, job)["status"] == "cancelled"
    hub.wait(3600)
    assert (hub.paid, hub.held) == (0, 0)
    hub.end()
    assert stream.rest() == []

    omixa = play("omixa")
    assert careful.follow(omixa, omixa.submit())["status"] == "failed"
    assert (omixa.paid, omixa.held) == (0, 0)


def cancel_comes_too_late(play: Play) -> None:
    client = play()
    job = client.submit()
    client.wait(29)
    assert client.status(job) == "processing"
    client.wait(1)
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        client.cancel(job)
    assert client.paid == 1
    assert client.status(job) == "succeeded"
    assert client.fetch(client.link(job))


def failover_unseen(play: Play) -> None:
    client = play("omixa")
    assert careful.follow(client, client.submit())["status"] == "succeeded"
    assert len(client.ordered()) == 1
    assert (client.made, client.paid) == (1, 1)
    assert [job["account"] for job in client.world.jobs] == [2]
    kinds = [one["kind"] for one in client.world.ledger["postings"]]
    assert kinds.count("hold") == 1


def no_account_left(play: Play) -> None:
    naive, good = play("omixa"), play("omixa")
    with pytest.raises(httpx.HTTPStatusError) as error:
        naive.submit()
    assert error.value.response.json()["error"]["code"] == "no_healthy_route"
    assert (naive.made, naive.held) == (0, 0)

    with pytest.raises(httpx.HTTPStatusError, match="503"):
        good.submit()
    good.wait(60)
    assert careful.follow(good, good.submit())["status"] == "succeeded"
    assert (good.made, good.paid) == (1, 1)


def partial_filtering(play: Play) -> None:
    client = play("omixa")
    row = careful.follow(client, client.submit(sample_count=4))
    assert row["status"] == "succeeded"
    with pytest.raises(IndexError):
        row["data"][3]
    assert client.paid == len(row["data"]) == 2
