"""Every documented way of use, with real clients over real sockets; `make demo` runs it.

Each step checks what it got and what it cost. The exit code is 0 only if all of them held.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

import av
import httpx
import requests
from rich.console import Console

from emulator import Emulator, Scenario
from emulator.core.clock import Pace
from emulator.core.scenario import Ending, PlanRule

KEY = "omx_live_demo"
HEADERS = {"Authorization": f"Bearer {KEY}"}
VEO = {
    "model": "google-veo-3-1-lite",
    "prompt": "A slow pan over a foggy lake",
    "input_image": "https://example.com/lake.png",
}
OMIXA = {
    "model": "veo-3.1-lite-generate-001",
    "prompt": "A smooth camera move through a neural network",
    "video_operation": "image_to_video",
    "duration_seconds": 6,
    "aspect_ratio": "9:16",
    "resolution": "720p",
    "wait_seconds": 3,
    "poll_interval_seconds": 2,
}
OVER = ("succeeded", "failed", "cancelled")
SCENARIO = Scenario(
    pace=Pace(speed=400),
    plans=(PlanRule(provider="omixa", job=2, ending=Ending.FAIL, error="Blocked by a filter."),),
)
out = Console(highlight=False, width=100)


class Wrong(Exception):
    """A step got something else than is documented."""


def expect(held: bool, what: str) -> None:
    """Wrong unless it held."""
    if not held:
        raise Wrong(what)


def start_frame() -> str:
    """A small PNG as a data URL."""
    codec = av.CodecContext.create("png", "w")
    frame = av.VideoFrame(90, 160, "rgb24")
    size = frame.planes[0].buffer_size
    frame.planes[0].update((bytes([200, 80, 40]) * (size // 3 + 1))[:size])
    codec.width, codec.height, codec.pix_fmt = 90, 160, "rgb24"
    codec.time_base = Fraction(1, 24)
    png = b"".join(bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None)))
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def watch(url: str, *, size: tuple[int, int], seconds: float) -> str:
    """Download a result without a key and decode it; what it is, in words."""
    answer = requests.get(url, timeout=30)
    expect(answer.status_code == 200, f"{url} answered {answer.status_code}")
    expect(answer.headers["content-type"] == "video/mp4", "the result is no MP4")
    with av.open(io.BytesIO(answer.content)) as film:
        stream = film.streams.video[0]
        seen = (stream.width, stream.height)
        frames = sum(1 for _ in film.decode(video=0))
    expect(seen == size, f"the video is {seen}, not {size}")
    expect(frames == round(seconds * 24), f"{frames} frames are not {seconds} s")
    return f"{size[0]}x{size[1]}, {frames} frames, {len(answer.content) // 1024} KiB"


def oxen_sync(url: str) -> str:
    """Oxen, sync: one call that blocks until the video is there."""
    answer = requests.post(
        f"{url}/api/ai/videos/generate",
        json={**VEO, "duration": "4s"},
        headers=HEADERS,
        timeout=60,
    )
    answer.raise_for_status()
    return watch(answer.json()["videos"][0]["url"], size=(1280, 720), seconds=4)


def oxen_poll(url: str) -> str:
    """Oxen, queue and polling: enqueue, poll the row until it is terminal."""
    with httpx.Client(base_url=url, headers=HEADERS) as client:
        made = client.post("/api/ai/queue", json=VEO).raise_for_status().json()
        row = followed(client, made["generations"][0]["generation_id"])
    expect(row["status"] == "succeeded", f"the job ended as {row['status']}")
    return watch(row["result_url"], size=(1280, 720), seconds=8)


def oxen_stream(url: str) -> str:
    """Oxen, queue and events: listen first, enqueue two, take both events off the stream."""
    with (
        httpx.Client(base_url=url, headers=HEADERS, timeout=60) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        body = {**VEO, "duration": "6s", "aspect_ratio": "9:16", "num_generations": 2}
        made = client.post("/api/ai/queue", json=body).raise_for_status().json()
        wanted = {one["generation_id"] for one in made["generations"]}
        for event in events(stream.iter_lines()):
            if event["generation_id"] in wanted:
                wanted.discard(event["generation_id"])
                said = watch(event["url"], size=(720, 1280), seconds=6)
            if not wanted:
                return f"2 events, {said}"
    raise Wrong("the stream ended before both events came")


def oxen_cancel(url: str) -> str:
    """Oxen, cancel: a queued job is cancelled, and costs nothing."""
    with httpx.Client(base_url=url, headers=HEADERS) as client:
        made = client.post("/api/ai/queue", json=VEO).raise_for_status().json()
        path = f"/api/ai/queue/{made['generations'][0]['generation_id']}"
        expect(client.delete(path).json()["status"] == "success", "the cancel was refused")
        row = client.get(path).json()
    expect(row["status"] == "cancelled", f"the job is {row['status']}")
    return "cancelled, nothing charged"


def oxen_failure(url: str) -> str:
    """Oxen, a failed job: a bad parameter is accepted, and fails the job when it runs."""
    with httpx.Client(base_url=url, headers=HEADERS) as client:
        made = client.post("/api/ai/queue", json={**VEO, "duration": "7s"}).json()
        row = followed(client, made["generations"][0]["generation_id"])
    expect(row["status"] == "failed", f"the job ended as {row['status']}")
    return f"failed: {row['error_message']}"


def omixa_poll(url: str) -> str:
    """Omixa, create and status polling, with an inline start frame."""
    shown = omixa(url, {**OMIXA, "start_frame": start_frame()})
    expect(shown["status"] == "succeeded", f"the job ended as {shown['status']}")
    return watch(shown["data"][0]["url"], size=(720, 1280), seconds=6)


def omixa_failure(url: str) -> str:
    """Omixa, a failed job: the scenario fails the second one; its hold is released."""
    shown = omixa(url, {**OMIXA, "start_frame": start_frame()})
    expect(shown["status"] == "failed", f"the job ended as {shown['status']}")
    return f"failed: {shown['error']['message']}"


def refused(url: str) -> str:
    """Refused: a wallet that is too small is a 402 at both, before anything is made."""
    made = httpx.post(f"{url}/_understudy/worlds", json={"scenario": {"balance": "0.01"}}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    oxen = httpx.post(f"{url}/api/ai/queue", json=VEO, headers=headers)
    omixa = httpx.post(
        f"{url}/api/v1/videos/jobs", json={**OMIXA, "start_frame": start_frame()}, headers=headers
    )
    expect((oxen.status_code, omixa.status_code) == (402, 402), "no 402")
    return omixa.json()["error"]["message"]


def lost(url: str) -> str:
    """A lost answer: the submit is reset, its job runs and is paid for; looking finds it."""
    plane = f"{url}/_understudy/worlds/{KEY}/faults"
    fault = {"id": "lost", "do": "lose", "on": {"operation": "enqueue", "nth": 1}}
    httpx.post(plane, json=fault).raise_for_status()
    with httpx.Client(base_url=url, headers=HEADERS) as client:
        try:
            client.post("/api/ai/queue", json=VEO)
        except httpx.ReadError as error:
            seen = type(error).__name__
        (row,) = client.get("/api/ai/queue").json()["generations"]
        row = followed(client, row["generation_id"])
    expect(row["status"] == "succeeded", f"the job ended as {row['status']}")
    told = httpx.get(f"{plane}/lost").json()
    expect(told["state"] == "fired", f"the fault is {told['state']}: {told['why']}")
    return f"{seen} at the submit, exchange {told['exchanges'][0]}; the job succeeded"


FIXED = """
import os, requests

answer = requests.post(
    "https://hub.oxen.ai/api/ai/queue",
    headers={"Authorization": f"Bearer {os.environ['OXEN_API_KEY']}"},
    json={"model": "google-veo-3-1-lite", "prompt": "A lake", "input_image": "https://a.b/c.png"},
)
print(answer.json()["generations"][0]["status"])
"""


def fixed(url: str) -> str:
    """Unchanged: a program with https://hub.oxen.ai written into it runs as it is."""
    if sys.platform != "linux":
        return "left out: `understudy run` needs Linux"
    command = [sys.executable, "-m", "emulator", "run", "--", sys.executable, "-c", FIXED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expect(ended.stdout == "queued\n", ended.stdout or ended.stderr)
    expect("oxen enqueue: 200" in ended.stderr, ended.stderr)
    return "it was answered `queued`, over TLS, in a world of its own"


def omixa(url: str, body: dict[str, object]) -> dict[str, object]:
    """Create a job and poll it until its status is final."""
    with httpx.Client(base_url=url, headers=HEADERS, timeout=60) as client:
        shown = client.post("/api/v1/videos/jobs", json=body).raise_for_status().json()
        deadline = time.monotonic() + 30
        while shown["status"] not in OVER and time.monotonic() < deadline:
            time.sleep(shown["poll_after_seconds"] / SCENARIO.pace.speed)
            asked = {"operation": shown["operation"]}
            shown = client.post("/api/v1/videos/jobs/status", json=asked).json()
    return shown


def followed(client: httpx.Client, job: str) -> dict[str, str]:
    """Poll a queued job until it is terminal."""
    deadline = time.monotonic() + 30
    row = client.get(f"/api/ai/queue/{job}").json()
    while row["status"] not in OVER and time.monotonic() < deadline:
        time.sleep(5 / SCENARIO.pace.speed)
        row = client.get(f"/api/ai/queue/{job}").json()
    return row


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """The payloads of the events that tell of a finished generation."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: ") and name == "media_generation_completed":
            yield json.loads(line.removeprefix("data: "))


STEPS: tuple[tuple[Callable[[str], str], str], ...] = (
    (oxen_sync, "0.200000"),
    (oxen_poll, "0.400000"),
    (oxen_stream, "0.600000"),
    (oxen_cancel, "0.000000"),
    (oxen_failure, "0.000000"),
    (omixa_poll, "0.300000"),
    (omixa_failure, "0.000000"),
    (refused, "0.000000"),
    (lost, "0.400000"),
    (fixed, "0.000000"),
)
"""Every step, and what it is to cost in dollars."""


def spent(url: str) -> Decimal:
    """What the demo's world has been charged so far, by both providers."""
    answer = httpx.get(f"{url}/_understudy/worlds/{KEY}/ledger")
    accounts = answer.json()["accounts"] if answer.status_code == 200 else {}
    expect(all(one["balances"] for one in accounts.values()), "the ledger does not balance")
    return sum((Decimal(one["captured"]) for one in accounts.values()), Decimal(0))


def main() -> int:
    """Run every step, print what came of it and the invoice."""
    broken = 0
    with Emulator(SCENARIO) as emulator:
        out.print(f"The emulator listens at {emulator.url}; its clock runs at 400 x.\n")
        before = Decimal(0)
        for step, price in STEPS:
            title = (step.__doc__ or "").rstrip(".")
            try:
                came = step(emulator.url)
                after = spent(emulator.url)
                expect(after - before == Decimal(price), f"it cost {after - before}, not {price}")
                out.print(f"[green]held[/]  {title}\n      {came}; cost {after - before:.6f} USD")
                before = after
            except (Wrong, httpx.HTTPError, requests.RequestException, KeyError) as error:
                broken += 1
                out.print(f"[red]broke[/] {title}\n      {error!r}")
                before = spent(emulator.url)
        ledger = httpx.get(f"{emulator.url}/_understudy/worlds/{KEY}/ledger?format=text")
        out.print(f"\n{ledger.text}", soft_wrap=True)
    out.print(f"{len(STEPS) - broken} of {len(STEPS)} steps held.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
