"""One fixed run of calls to both providers, and every byte that came back.

`python -m tests.server.play` prints what the bytes hash to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from emulator import Emulator, Scenario
from emulator.core.clock import Mode, Pace
from tests.server.caller import CREATE, FLUX, KLING, LITE, STATUS, VEO
from tests.server.inside import body
from tests.server.raw import Line, until

KEY = "omx_live_play"
QUEUE = "/api/ai/queue"
WORLD = f"/_understudy/worlds/{KEY}"
SCENARIO: Mapping[str, Any] = {
    "seed": 7,
    "name": "the-play",
    "balance": "3.00",
    "plans": [{"job": 2, "provider": "oxen", "do": "fail"}, {"job": 3, "running": "30s"}],
    "assumptions": {"omixa.queued-word": "queued", "oxen.echo": "all"},
}
ID = re.compile(rb'"generation_id":"([0-9a-f-]+)"')
LINK = re.compile(rb'"(?:result_url|url)":"http://emulator\.test([^"]+)"')
OPERATION = re.compile(rb'"operation":"([^"]+)"')


def perform(emulator: Emulator) -> Iterator[bytes]:
    """The bytes of every answer and of the stream, in an order that is always the same."""
    with Line(emulator.port) as line, Line(emulator.port) as stream, Line(emulator.port) as wait:

        def call(method: str, path: str, data: Any = None) -> bytes:
            line.say(
                method,
                path,
                f"Authorization: Bearer {KEY}",
                body=b"" if data is None else body(data),
            )
            return b"".join(line.whole())

        yield call("POST", "/_understudy/worlds", {"key": KEY, "scenario": SCENARIO})
        stream.say("GET", "/api/events", f"Authorization: Bearer {KEY}")
        yield stream.head()
        made = call("POST", QUEUE, {**VEO, "num_generations": 3, "seed": 5})
        yield made
        ids = [id.decode() for id in ID.findall(made)]
        assert len(ids) == 3
        yield call("POST", QUEUE, FLUX)
        yield call("POST", QUEUE, {**KLING, "duration": "seven"})
        yield call("POST", QUEUE, {**VEO, "num_generations": 4})
        yield call("POST", QUEUE, {"model": "none"})
        created = call("POST", CREATE, {**LITE, "sample_count": 2, "resolution": "1080p"})
        yield created
        (operation,) = OPERATION.findall(created)
        wait.say(
            "POST",
            "/api/ai/videos/generate",
            f"Authorization: Bearer {KEY}",
            body=body({**KLING, "prompt": "waiting"}),
        )
        until(lambda: len(emulator.stage.worlds["the-play"].waits) == 1, "the call waits")
        yield call("DELETE", f"{QUEUE}/{ids[2]}")
        for span in ("5s", "40s", "20s", "1h30s"):
            yield call("POST", f"{WORLD}/clock", {"advance": span})
            yield call("GET", QUEUE)
            yield call("GET", f"{QUEUE}/{ids[0]}")
            polled = call("POST", STATUS, {"operation": operation.decode()})
            yield polled
        yield b"".join(wait.whole())
        history = call("GET", "/api/ai/generations?page_size=3")
        yield history
        for link in LINK.findall(history + polled):
            yield call("GET", link.decode())
        for path in ("/api/ai/models", "/api/v1/usage/requests", "/api/v1/usage/rollups"):
            yield call("GET", path)
        for page in ("", "/jobs", "/ledger", "/ledger?format=text", "/log", "/exchanges"):
            yield call("GET", WORLD + page)
        yield call("DELETE", WORLD)
        yield from stream.chunks()


def transcript() -> list[bytes]:
    """The play on an emulator of its own."""
    with Emulator(Scenario(pace=Pace(Mode.MANUAL))) as emulator:
        return list(perform(emulator))


def digest() -> str:
    """What the transcript hashes to."""
    return sha256(b"".join(transcript())).hexdigest()


if __name__ == "__main__":
    print(digest())
