import os
from pathlib import Path

import httpx
import pytest

from contracts.worlds import World

ORDER = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite", "num_generations": 3}


@pytest.mark.parametrize("nth", range(3))
@pytest.mark.understudy({"clock": {"mode": "manual"}, "chaos": {"rates": {"limits": 0.3}}})
def test_to_be_run_again(oxen: World, nth: int) -> None:
    said = b""
    with httpx.Client(base_url=oxen.base_url) as client:
        client.headers["authorization"] = f"Bearer {oxen.api_key}"
        for _ in range(4):
            for method, path in (("POST", "queue"), ("GET", "queue"), ("GET", "generations")):
                answer = client.request(
                    method, f"/api/ai/{path}", json=ORDER if method == "POST" else None
                )
                said += repr(answer.headers.multi_items()).encode() + answer.content
            oxen.advance("30s")
    said = said.replace(oxen.base_url.encode(), b"http://emulator.test")
    Path(os.environ["SAID"], f"{nth}").write_bytes(said)
