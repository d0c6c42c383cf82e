from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from emulator.server.recorder import fingerprint
from tests.live.serving import Serving
from tests.live.tools import need
from tests.server.caller import KLING, VEO
from tests.server.inside import body
from tests.server.raw import Line, until

KEY = "Authorization: Bearer k"
HELD = {"authorization": "Bearer k"}
SAME = "omx_live_the_same_key"
HAS_KEY = re.compile(r"Bearer ([^\"']+)")


@pytest.fixture(scope="module")
def serving() -> object:
    with Serving("--clock", "manual") as running:
        yield running


@pytest.fixture
def http(serving: Serving) -> object:
    with httpx.Client(base_url=serving.url, verify=False, headers=HELD, timeout=30) as client:
        yield client


def test_it_says_where_it_is_ready_and_shows_a_call_to_each_provider(serving: Serving) -> None:
    ready, *rest = serving.printed
    assert re.fullmatch(r"Understudy is ready at http://127\.0\.0\.1:[1-9]\d+", ready)
    titles = [line for line in rest if line.startswith("# ")]
    assert titles == ["# Omixa", "# Oxen hub"]
    assert rest == ["", titles[0], serving.examples[0], "", titles[1], serving.examples[1]]


def test_the_calls_it_shows_really_work(serving: Serving) -> None:
    need("curl")
    answers = [
        subprocess.run(["bash", "-c", example], capture_output=True, timeout=30, check=True).stdout
        for example in serving.examples
    ]
    omixa, oxen = map(json.loads, answers)
    assert omixa["status"] == "running"
    assert omixa["model"] == "veo-3.1-lite-generate-001"
    assert oxen["generations"][0]["status"] == "queued"


def test_the_calls_it_shows_are_understood_by_a_shell(serving: Serving) -> None:
    for example in serving.examples:
        words = shlex.split(example)
        assert words[:3] == ["curl", "-X", "POST"]
        assert words[3].startswith(serving.url)
        assert json.loads(words[-1])["model"]


def test_dates_are_the_machines(http: httpx.Client) -> None:
    made = http.post("/api/ai/queue", json=dict(VEO))
    (one,) = made.json()["generations"]
    row = http.get(f"/api/ai/queue/{one['generation_id']}").json()
    assert row["enqueued_at"] > 1_780_000_000
    assert "2026-01-01" not in made.headers["date"]
    clock = http.get("/_understudy/worlds/k/clock").json()
    assert clock["now"] == "2026-01-01T00:00:00Z"


def test_it_is_quiet_afterwards() -> None:
    with Serving() as serving:
        with httpx.Client(base_url=serving.url, verify=False) as http:
            for path in ("/api/ai/queue", "/api/nothing", "/", "/_understudy/worlds"):
                http.get(path, headers=HELD)
            http.post("/api/ai/queue", content=b"{", headers=HELD)
        serving.stop()
    assert (serving.code, serving.said, serving.complained) == (0, "", "")


def test_verbose_is_a_line_for_each_call() -> None:
    with Serving("--verbose", "--keys", "k") as serving:
        with httpx.Client(base_url=serving.url, verify=False) as http:
            http.post("/api/ai/queue", json=dict(VEO), headers=HELD)
            http.get("/api/ai/queue?status=failed", headers=HELD)
            http.get("/api/v1/models")
            http.get("/api/nothing", headers={"authorization": "Bearer sesame"})
        serving.stop()
    assert serving.complained.splitlines() == [
        f"{fingerprint('k')} oxen POST /api/ai/queue 200",
        f"{fingerprint('k')} oxen GET /api/ai/queue?status=failed 200",
        "- omixa GET /api/v1/models 401",
        "- oxen GET /api/nothing 404",
    ]
    assert (serving.code, serving.said) == (0, "")


def test_lines_are_objects_if_they_are_to_be() -> None:
    with Serving("--verbose", "--log-format", "json", "--clock", "manual") as serving:
        with httpx.Client(base_url=serving.url, verify=False) as http:
            http.post("/api/ai/queue", json=dict(VEO), headers={"authorization": f"Bearer {SAME}"})
            http.get(f"/api/ai/queue?status={SAME}", headers={"authorization": f"Bearer {SAME}"})
            http.get("/api/v1/models")
        serving.stop()
    assert re.fullmatch(r"Understudy is ready at http://127\.0\.0\.1:[1-9]\d+", serving.printed[0])
    assert SAME not in serving.complained
    made, listed, refused = map(json.loads, serving.complained.splitlines())
    assert datetime.fromisoformat(made.pop("time")).tzinfo is not None
    path, name = "/api/ai/queue", fingerprint(SAME)
    assert made == {
        "level": "debug",
        "logger": "understudy",
        "message": f"{name} oxen POST {path} 200",
        "world": name,
        "provider": "oxen",
        "operation": "enqueue",
        "method": "POST",
        "target": path,
        "status": 200,
        "instant": "2026-01-01T00:00:00Z",
        "duration": 0.0,
        "fault": None,
    }
    assert listed["target"] == f"{path}?status={name}"
    assert (refused["world"], refused["status"], refused["duration"]) == ("-", 401, None)


def test_a_server_is_scraped_over_its_socket(serving: Serving) -> None:
    answer = httpx.get(f"{serving.url}/_understudy/metrics", verify=False)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"understudy_calls_total" in answer.content


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("clock", ["manual", "real", "auto"])
def test_it_stops_cleanly_with_streams_and_blocking_calls_open(
    how: signal.Signals, clock: str, tmp_path: Path
) -> None:
    file = tmp_path / "stuck.yaml"
    file.write_text("plans: [{do: stick}]")
    with ExitStack() as open_ones:
        serving = open_ones.enter_context(Serving("--clock", clock, "--scenario", str(file)))
        streams = [open_ones.enter_context(Line(serving.port)) for _ in range(3)]
        wait, feed, idle = (open_ones.enter_context(Line(serving.port)) for _ in range(3))
        for stream, key in zip(streams, "kkl", strict=True):
            stream.say("GET", "/api/events", f"Authorization: Bearer {key}")
            stream.head()
        wait.say("POST", "/api/ai/videos/generate", KEY, body=body(KLING))
        feed.say("GET", "/_understudy/worlds/k/feed")
        feed.head()
        idle.say("GET", "/api/ai/queue", KEY)
        assert idle.whole()[0].startswith(b"HTTP/1.1 200 ")
        until(lambda: waiting(serving) == 1, "the call waits")
        serving.stop(how)
        heard = [set(b"".join(stream.chunks()).split(b"\n\n")) for stream in streams]
        assert set().union(*heard) <= {b"", b": keep-alive"}
        assert wait.head().startswith(b"HTTP/1.1 503 ")
    assert serving.code == (0 if how is signal.SIGINT else -signal.SIGTERM)
    assert (serving.said, serving.complained) == ("", "")


def waiting(serving: Serving) -> int:
    """How many jobs of the world are not over."""
    shown = httpx.get(f"{serving.url}/_understudy/worlds/k", verify=False).json()
    return int(shown["waiting"])


def test_flags_say_how_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "seed: 3\nbalance: 1\nclock: {mode: real, speed: 7}\n"
        "plans: [{do: fail, error: No kites today.}]\n"
    )
    flags = ["--clock", "manual", "--balance", "0.40", "--max-worlds", "1", "--keys", "k, l"]
    with Serving("--scenario", str(file), *flags) as serving:
        assert {key for line in serving.examples for key in HAS_KEY.findall(line)} == {
            "$UNDERSTUDY_KEY"
        }
        with httpx.Client(base_url=serving.url, verify=False) as http:
            codes = [
                http.post("/api/ai/queue", json=dict(VEO), headers=HELD).status_code
                for _ in range(2)
            ]
            assert codes == [200, 402]
            clock = http.get("/_understudy/worlds/k/clock").json()
            assert (clock["mode"], clock["speed"]) == ("manual", 7)
            (job,) = http.get("/_understudy/worlds/k/jobs").json()["jobs"]
            assert job["error"] == "No kites today."
            other = http.get("/api/ai/queue", headers={"authorization": "Bearer l"})
            assert other.status_code == 200
            assert len(http.get("/_understudy/worlds").json()["worlds"]) == 1
            third = http.get("/api/ai/queue", headers={"authorization": "Bearer m"})
            assert third.status_code == 401


def test_keep_says_how_much_is_remembered_whatever_the_scenario_says(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("keep: 50\nclock: {mode: manual}\nplans: [{job: 1, do: stick}]\n")
    with (
        Serving("--scenario", str(file), "--keep", "3") as serving,
        httpx.Client(base_url=serving.url, verify=False, headers=HELD) as http,
    ):
        made = [http.post("/api/ai/queue", json=dict(VEO)).json() for _ in range(6)]
        ids = [one["generations"][0]["generation_id"] for one in made]
        http.post("/_understudy/worlds/k/clock", json={"advance": "10m"})
        rows = [http.get(f"/api/ai/queue/{id}").status_code for id in ids]
        assert rows.count(404) == 2
        assert rows[0] == 200
        shown = http.get("/_understudy/worlds/k/exchanges").json()["exchanges"]
        assert [one["number"] for one in shown] == [10, 11, 12]
        ledger = http.get("/_understudy/worlds/k/ledger").json()["accounts"]["oxen"]
        assert (ledger["captured"], ledger["held"]) == ("2.000000", "0.400000")


@pytest.mark.parametrize(("token", "statuses"), [(None, [403, 403]), ("sesame", [401, 200])])
def test_on_any_other_host_the_control_plane_is_guarded(
    token: str | None, statuses: list[int]
) -> None:
    flags = [] if token is None else ["--control-token", token]
    with Serving("--host", "0.0.0.0", *flags) as serving:
        url = f"http://127.0.0.1:{serving.port}"
        with httpx.Client(base_url=url, verify=False) as http:
            assert http.get("/_understudy/health").status_code == 200
            for given, status in zip(("", "sesame"), statuses, strict=True):
                answer = http.get("/_understudy/worlds", headers={"x-understudy-token": given})
                assert answer.status_code == status
            assert http.get("/api/ai/queue", headers=HELD).status_code == 200
