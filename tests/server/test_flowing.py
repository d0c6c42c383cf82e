"""On clocks that flow nobody winds anything: what is due has to ring by itself."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from emulator import Emulator, Mode, Pace, PlanRule, Scenario
from tests.server.caller import KLING
from tests.server.inside import House, body, turns

VEO = {
    "model": "google-veo-3-1-lite",
    "prompt": "x",
    "input_image": "https://example.com/a.png",
}
LITE = {"model": "veo-3.1-lite-generate-001", "prompt": "x"}
AUTH = {"Authorization": "Bearer flowing"}


@pytest.fixture(scope="module")
def flowing() -> Iterator[Emulator]:
    """An emulator whose clock runs a thousand times as fast as the machine's."""
    plans = (PlanRule(queued=0, running=60_000_000_000),)
    with Emulator(Scenario(pace=Pace(Mode.REAL, 1000), plans=plans)) as running:
        yield running


def test_an_idle_stream_is_kept_alive_again_and_again(flowing: Emulator) -> None:
    with (
        httpx.Client(base_url=flowing.url, timeout=30, trust_env=False) as client,
        client.stream("GET", "/api/events", headers=AUTH) as stream,
    ):
        heard = ""
        for piece in stream.iter_text():
            heard += piece
            if heard.count(": keep-alive\n\n") >= 5:
                break
    assert set(heard.split("\n\n")) == {": keep-alive", ""}


def test_a_create_is_answered_when_its_wait_ends_though_its_job_runs_on(
    flowing: Emulator,
) -> None:
    body = {**LITE, "wait_seconds": 20}
    answer = httpx.post(f"{flowing.url}/api/v1/videos/jobs", json=body, headers=AUTH, timeout=30)
    assert answer.json()["status"] == "running"
    assert flowing.stage.find("flowing").world.waiting  # type: ignore[union-attr]


def test_a_leap_over_more_events_than_a_ring_holds_loses_none() -> None:
    plans = (PlanRule(queued=0, running=1_000_000),)
    scenario = Scenario(pace=Pace(Mode.MANUAL), plans=plans, balance=10**12)
    with (
        Emulator(scenario) as emulator,
        httpx.Client(base_url=emulator.url, timeout=60, headers=AUTH, trust_env=False) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        for _ in range(300):
            client.post("/api/ai/queue", json={**VEO, "num_generations": 4}).raise_for_status()
        client.post("/_understudy/worlds/flowing/clock", json={"advance": "10s"})
        told = 0
        for line in stream.iter_lines():
            told += line.startswith("data: ")
            if told == 1200:
                break
    assert told == 1200


def test_winding_to_auto_leaps_for_those_who_listen_already() -> None:
    with (
        Emulator(Scenario(pace=Pace(Mode.MANUAL))) as emulator,
        httpx.Client(base_url=emulator.url, timeout=30, headers=AUTH, trust_env=False) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        client.post("/api/ai/queue", json=VEO).raise_for_status()
        client.post("/_understudy/worlds/flowing/clock", json={"mode": "auto"})
        events = (line for line in stream.iter_lines() if line.startswith("event: "))
        assert next(events) == "event: media_generation_completed"


def test_who_hangs_up_on_a_blocking_call_is_no_longer_waited_for() -> None:
    plans = (PlanRule(queued=0, running=60_000_000_000),)
    with Emulator(Scenario(pace=Pace(Mode.MANUAL), plans=plans)) as emulator:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{emulator.url}/api/ai/videos/generate", json=VEO, headers=AUTH, timeout=0.3
            )
        live = emulator.stage.find("flowing")
        assert live is not None
        for _ in range(200):
            httpx.get(f"{emulator.url}/_understudy/health")
            if live.idle:
                break
        assert live.idle
        assert len(live.world.waiting) == 1


def test_what_is_no_request_is_answered_in_json(flowing: Emulator) -> None:
    with socket.create_connection((flowing.host, flowing.port)) as line:
        line.sendall(b"GET /api/ai/queue/\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value"), [("host", "evil.example"), ("origin", "https://evil.example")]
)
def test_no_web_page_steers_a_server_on_loopback(flowing: Emulator, name: str, value: str) -> None:
    answer = httpx.get(f"{flowing.url}/_understudy/worlds", headers={name: value})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance": None}),
        ("clock", {"advance": []}),
        ("clock", {"mode": "real", "set": "x"}),
        ("ledger", {"provider": "oxen", "top_up": "1e5000"}),
        ("ledger", {"provider": "oxen", "top_up": "1e14"}),
    ],
)
def test_what_the_control_plane_cannot_do_changes_nothing(path: str, body: object) -> None:
    with Emulator(Scenario(pace=Pace(Mode.MANUAL))) as emulator:
        httpx.get(f"{emulator.url}/api/ai/queue", headers=AUTH)
        world = f"{emulator.url}/_understudy/worlds/flowing"
        before = httpx.get(world).json()
        assert httpx.post(f"{world}/{path}", json=body).status_code == 422
        assert httpx.get(world).json() == before


async def test_a_reader_that_does_not_read_does_not_stop_an_automatic_clock() -> None:
    house = House(pace=Pace(Mode.AUTO, 0.001))
    stuck = await house.listen("k")
    stuck.reading.clear()
    await house.enqueue("k", KLING)
    await turns(500)
    wait = house.open("POST", "/api/ai/videos/generate", key="k", body=body(KLING))
    await turns(500)
    assert wait.status == 200


async def test_a_blocking_call_that_was_hung_up_on_is_recorded() -> None:
    house = House()
    talk = house.open("POST", "/api/ai/videos/generate", key="k", body=body(KLING))
    await turns()
    talk.hang_up()
    await talk.over()
    assert [one.operation for one in house.live("k").recorder] == ["generate"]


@pytest.mark.parametrize("host", ["[", "[::1"])
async def test_a_host_that_is_none_is_refused_by_the_control_plane(host: str) -> None:
    assert (await House().call("GET", "/_understudy/worlds", headers={"host": host})).status == 403


def test_the_url_of_an_emulator_on_ipv6_can_be_called() -> None:
    with Emulator(host="::1") as emulator:
        assert httpx.get(f"{emulator.url}/_understudy/health").status_code == 200


@pytest.mark.parametrize("data", [{"key": 0}, {"key": ""}, {"scenario": []}, {"scenario": 0}])
async def test_a_key_or_scenario_of_another_kind_is_refused(data: object) -> None:
    assert (await House().call("POST", "/_understudy/worlds", data)).status == 422


async def test_a_stream_that_is_cancelled_in_the_midst_of_a_send_leaves_its_world_idle() -> None:
    house = House()
    stuck = await house.listen("k")
    stuck.reading.clear()
    await house.advance("k", "20s")
    await turns()
    stuck.task.cancel()
    await turns()
    assert stuck.task.done()
    assert house.live("k").idle
