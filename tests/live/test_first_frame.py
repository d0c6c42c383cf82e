"""The caller's own picture opens the video that comes back over the wire, at both providers."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx
import pytest

from emulator import Emulator
from tests.media.pictures import canvas, colours, distance, frames, image, other, slope

NEAR, FAR = 2.5, 30.0
"""How far a colour is off on average, of 255: the same picture at most, another one at least."""

Ask = Callable[[httpx.Client, str], str]


def oxen(client: httpx.Client, start: str) -> str:
    """The link that the hub gives for a start image."""
    body = {"model": "google-veo-3-1-lite", "prompt": "x", "input_image": start, "duration": "4s"}
    made = client.post("/api/ai/videos/generate", json=body).raise_for_status().json()
    return str(made["videos"][0]["url"])


def omixa(client: httpx.Client, start: str) -> str:
    """The link that Omixa gives for a start frame."""
    body = {
        "model": "veo-3.1-lite-generate-001",
        "prompt": "x",
        "duration_seconds": 4,
        "start_frame": {"type": "image_url", "image_url": {"url": start}},
        "wait_seconds": 600,
        "poll_interval_seconds": 5,
    }
    made = client.post("/api/v1/videos/jobs", json=body).raise_for_status().json()
    return str(made["data"][0]["url"])


@pytest.mark.parametrize("ask", [oxen, omixa], ids=["oxen", "omixa"])
def test_a_start_frame_is_the_first_frame_of_its_video_and_of_no_other(
    ask: Ask, emulator: Emulator
) -> None:
    shades = (slope, other)
    key = f"first-{ask.__name__}"
    asked = {"key": key, "scenario": {"clock": {"mode": "auto"}}}
    with httpx.Client(
        base_url=emulator.url, headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as client:
        client.post("/_understudy/worlds", json=asked).raise_for_status()
        inputs = [base64.b64encode(image(320, 180, shade)).decode() for shade in shades]
        links = [ask(client, f"data:image/png;base64,{one}") for one in inputs]
    films = [httpx.get(link).content for link in links]
    seen = [colours(next(frames(film)), 16, 9) for film in films]
    wanted = [colours(canvas(320, 180, shade), 16, 9) for shade in shades]
    for nth in (0, 1):
        assert distance(seen[nth], wanted[nth]) <= NEAR
        assert distance(seen[nth], wanted[1 - nth]) >= FAR
    assert [sum(1 for _ in frames(film)) for film in films] == [96, 96]
