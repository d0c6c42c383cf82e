"""The hub's event stream, which promises little: what is missed is never told again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.scenarios.stories import careful
from tests.scenarios.stories.client import Client
from tests.scenarios.stories.listening import Stream
from tests.scenarios.stories.playing import Play
from tests.server.raw import until

LONG = 3600
"""Seconds that a naive client listens on."""


def heard(client: Client, stream: Stream) -> list[dict[str, Any]]:
    """All that a stream tells within an hour, after which the world ends."""
    client.wait(LONG)
    client.end()
    return stream.rest()


def naive_texts(stream: Stream) -> list[str]:
    """The chunks of a stream by somebody who takes each for a text."""
    return [chunk.decode() for chunk in stream.response.iter_raw()]


def cut_in_terminal_event(play: Play) -> None:
    naive, good = play(), play()
    stream, job = naive.listen(), naive.submit()
    naive.wait(120)
    with pytest.raises(httpx.RemoteProtocolError):
        stream.event()
    assert naive.paid == 1
    again = naive.listen()
    assert heard(naive, again) == []
    assert again.beats > 0

    stream, job = good.listen(), good.submit()
    good.wait(120)
    with pytest.raises(httpx.RemoteProtocolError):
        stream.event()
    assert careful.follow(good, job)["status"] == "succeeded"


def before_enqueue_answer(play: Play) -> None:
    client = play()
    stream = client.listen()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(client.submit)
        until(lambda: client.made == 1, "the job is made")
        client.wait(30)
        assert client.paid == 1
        event = stream.event()
        assert not answer.done()
        client.wait(120)
        job = answer.result()
    assert event is not None
    assert event["generation_id"] == job
    assert client.status(job) == "succeeded"
    assert heard(client, stream) == []


def never_told(play: Play) -> None:
    naive, good = play(), play()
    stream = naive.listen()
    naive.submit()
    naive.wait(LONG)
    assert naive.paid == 1
    assert heard(naive, stream) == []
    assert stream.beats > 100

    good.listen()
    assert careful.follow(good, good.submit())["status"] == "succeeded"


def silence(play: Play) -> None:
    naive, good = play(), play()
    stream = naive.listen()
    naive.submit()
    naive.wait(100)
    assert naive.paid == 1
    assert heard(naive, stream) == []
    assert stream.beats < 100 / 15

    good.listen()
    assert careful.follow(good, good.submit())["status"] == "succeeded"


def reconnect_loop(play: Play) -> None:
    naive = play()
    stream = naive.listen()
    jobs = naive.submit_all(num_generations=3)
    naive.wait(30)
    assert naive.paid == 3
    told, end = stream.event(), stream.event()
    assert told is not None
    assert told["generation_id"] == jobs[0]
    assert end is None
    assert heard(naive, naive.listen()) == []

    good = play()
    stream = good.listen()
    jobs = good.submit_all(num_generations=3)
    good.wait(30)
    done = {one["generation_id"] for one in stream.rest()}
    good.listen()
    done |= {job for job in jobs if good.status(job) == "succeeded"}
    assert done == set(jobs)


def duplicate_and_foreign(play: Play) -> None:
    client = play()
    first, second = client.listen(), client.listen()
    short, long = client.submit(), client.submit()
    client.wait(30)
    assert client.paid == 1
    for stream in (first, second):
        events = [stream.event(), stream.event()]
        ids = [one["generation_id"] for one in events if one is not None]
        assert [id for id in ids if id in (short, long)] == [short] * (2 if stream is first else 1)
    assert client.status(long) == "processing"

    client.wait(90)
    for stream in (first, second):
        events = [stream.event(), stream.event()]
        assert long in [one["generation_id"] for one in events if one is not None]


def one_byte_chunks(play: Play) -> None:
    naive, good = play(), play()
    stream, _ = naive.listen(), naive.submit()
    naive.wait(120)
    naive.end()
    with pytest.raises(UnicodeDecodeError):
        naive_texts(stream)

    stream, job = good.listen(), good.submit()
    good.wait(120)
    event = stream.event()
    assert event is not None
    assert (event["generation_id"], event["error"]) == (job, "Gesperrt: Ärger.")
