from __future__ import annotations

import socket
import threading

import httpx
import pytest

from emulator import Emulator, Scenario
from emulator.core.clock import Mode, Pace
from emulator.server.run import listen
from tests.server.caller import KLING
from tests.server.inside import body
from tests.server.raw import Line, until

STILL = Scenario(pace=Pace(Mode.MANUAL))
KEY = "Authorization: Bearer k"


def count(url: str) -> int:
    answer = httpx.get(f"{url}/api/ai/queue", headers={"authorization": "Bearer k"}, verify=False)
    return int(answer.json()["count"])


def test_emulators_stand_side_by_side_and_share_nothing() -> None:
    with Emulator(STILL) as one, Emulator(STILL) as two:
        assert one.port != two.port
        sent = {"json": dict(KLING), "headers": {"authorization": "Bearer k"}, "verify": False}
        httpx.post(f"{one.url}/api/ai/queue", **sent)
        assert (count(one.url), count(two.url)) == (1, 0)


def test_an_emulator_that_has_stopped_leaves_its_port_and_its_thread() -> None:
    threads = [thread.name for thread in threading.enumerate()]
    with Emulator(STILL) as emulator:
        port = emulator.port
        assert count(emulator.url) == 0
    assert threads == [thread.name for thread in threading.enumerate()]
    with pytest.raises(httpx.ConnectError):
        count(emulator.url)
    with Emulator(STILL, port=port) as again:
        assert count(again.url) == 0


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with Emulator(STILL) as emulator, pytest.raises(OSError, match="in use"):
        Emulator(STILL, port=emulator.port)


def test_stopping_ends_streams_cleanly_and_answers_those_who_wait() -> None:
    with Emulator(STILL) as emulator:
        stream, wait = Line(emulator.port), Line(emulator.port)
        stream.say("GET", "/api/events", KEY)
        stream.head()
        wait.say("POST", "/api/ai/videos/generate", KEY, body=body(KLING))
        (live,) = emulator.stage.worlds.values()
        until(lambda: len(live.waits) == 1, "the call waits")
    with stream, wait:
        assert stream.chunks() == []
        head, content = wait.whole()
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b'"status_message":"unavailable"' in content


def test_answers_go_out_without_delay() -> None:
    with listen("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP
