"""Downloads, money and slow answers."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from tests.scenarios.stories import careful
from tests.scenarios.stories.client import QUEUE, Client
from tests.scenarios.stories.playing import LEAPS, Play
from tests.server.caller import STATUS
from tests.server.raw import Line


def done(client: Client) -> str:
    """A job that has succeeded."""
    job = client.submit()
    assert careful.follow(client, job)["status"] == "succeeded"
    return job


def whole(film: bytes) -> bool:
    """Whether bytes are an MP4 from its first box to the end of its last."""
    at, boxes = 0, []
    while 0 <= at < len(film):
        size = int.from_bytes(film[at : at + 4], "big")
        boxes.append(film[at + 4 : at + 8])
        at = at + size if size >= 8 else -1
    return at == len(film) and b"ftyp" in boxes and b"moov" in boxes


def link_expired(play: Play) -> None:
    for provider, lifetime in (("oxen", 300), ("omixa", 3600)):
        client = play(provider)
        job = done(client)
        link = client.link(job)
        assert whole(client.fetch(link))
        client.wait(lifetime + 1)
        with pytest.raises(httpx.HTTPStatusError, match="403"):
            client.fetch(link)
        fresh = client.link(job)
        assert (fresh != link) is client.hub
        if client.hub:
            assert whole(client.fetch(fresh))


def short_and_corrupt(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        client = play(provider)
        link = client.link(done(client))
        films = [client.fetch(link) for _ in range(3)]
        assert [whole(film) for film in films] == [False, False, True]
        assert len(films[0]) < len(films[1]) == len(films[2])
        types = {one["response"]["status"] for one in client.world.exchanges[-3:]}
        assert types == {200}


def another_origin(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        client = play(provider)
        link = httpx.URL(client.link(done(client)))
        assert link.host == "localhost"
        assert link.host != client.http.base_url.host
        here = link.copy_with(host=client.http.base_url.host)
        headers = {"host": link.netloc.decode()}
        assert whole(client.http.get(here, headers=headers).content)
        assert whole(httpx.get(here, headers=headers, trust_env=False).content)
        naive, good = client.world.exchanges[-2:]
        assert naive["key"] != ""
        assert good["key"] == ""


def runs_out_mid_batch(play: Play) -> None:
    hub = play()
    rows = [careful.follow(hub, job) for job in hub.submit_all(num_generations=4)]
    assert [row["status"] for row in rows] == ["succeeded"] * 2 + ["failed"] * 2
    assert {row["error_message"] for row in rows[2:]} == {"Insufficient credits"}
    assert careful.follow(hub, hub.submit())["error_message"] == "Insufficient credits"
    assert hub.paid == 2

    omixa = play("omixa")
    omixa.submit(), omixa.submit()
    with pytest.raises(httpx.HTTPStatusError, match="402"):
        omixa.submit()
    omixa.wait(120)
    assert (omixa.made, omixa.paid) == (2, 2)


def out_of_credit(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        client = play(provider)
        for nth in range(1, 4):
            row = careful.follow(client, client.submit())
            assert row["status"] == "failed"
            words = row["error_message"] if client.hub else row["error"]["message"]
            assert words == "Insufficient credits"
            assert (client.made, client.paid, client.held) == (nth, 0, 0)


def slow_drip(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider, clock=LEAPS)
        naive.poll(naive.submit())
        began, ended = (naive.world.exchanges[-1][word] for word in ("began", "ended"))
        assert _seconds(ended) - _seconds(began) > 25

        good = play(provider)
        job = good.submit()
        path = f"{QUEUE}/{job}" if good.hub else f"{STATUS}?operation={job}"
        with Line(urlsplit(good.world.base_url).port or 0) as line:
            line.say("GET", path, f"Authorization: Bearer {good.world.api_key}")
            while good.waited < 10:
                line.take(16)
                good.wait(1)
        assert careful.follow(good, job)["status"] == "succeeded"


def _seconds(date: str) -> float:
    hours, minutes, seconds = date.rstrip("Z").partition("T")[2].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
