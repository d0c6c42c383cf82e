"""Stopping is quiet, whoever is still connected."""

from __future__ import annotations

import signal

import httpx
import pytest

from tests.live.serving import Serving
from tests.server.raw import Line, until

WORLDS = "/_understudy/worlds"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_quietly_though_a_reader_does_not_read(how: signal.Signals) -> None:
    with Serving("--clock", "manual") as serving, Line(serving.port, buffer=4096) as stuck:
        stuck.say("GET", "/api/events", "Authorization: Bearer k")
        stuck.head()
        with httpx.Client(base_url=serving.url, verify=False) as http:
            for _ in range(60):  # more than the connection takes
                http.post(f"{WORLDS}/k/clock", json={"advance": "500w"}).raise_for_status()
        serving.stop(how)
    assert serving.complained == ""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_quietly_during_an_upload(how: signal.Signals) -> None:
    with Serving() as serving, Line(serving.port) as half:
        half.say("POST", "/api/ai/queue", "Authorization: Bearer k", "Content-Length: 50")
        half.socket.sendall(b"{")
        until(lambda: httpx.get(f"{serving.url}{WORLDS}").json()["worlds"] != [], "it began")
        serving.stop(how)
    assert serving.complained == ""
