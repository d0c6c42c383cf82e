import socket
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.worlds import World

ORDER = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite"}


@pytest.mark.understudy({"clock": {"mode": "manual"}})
def test_what_is_due_is_there_when_advance_returns(oxen: World) -> None:
    headers = {"authorization": f"Bearer {oxen.api_key}"}
    with socket.create_connection(("127.0.0.1", urlsplit(oxen.base_url).port)) as line:
        line.sendall(
            b"GET /api/events HTTP/1.1\r\nhost: hub.oxen.ai\r\n"
            b"authorization: Bearer " + oxen.api_key.encode() + b"\r\n\r\n"
        )
        assert b"text/event-stream" in line.recv(65536)
        line.setblocking(False)
        for nth in range(1, 21):
            made = httpx.post(f"{oxen.base_url}/api/ai/queue", json=ORDER, headers=headers)
            oxen.advance("10m")
            assert made.json()["generations"][0]["generation_id"].encode() in line.recv(65536), nth
