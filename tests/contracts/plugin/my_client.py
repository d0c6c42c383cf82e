"""A client of the Oxen hub that waits for its video, and never pays for it twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

QUEUE = "/api/ai/queue"
MODEL = "kling-video-v2-6-pro-text-to-video"


class Videos:
    def __init__(
        self, base_url: str, api_key: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {api_key}"})
        self.sleep = sleep

    def order(self, prompt: str) -> str:
        """Order a video; its id. After a lost answer it looks before it orders again."""
        before = self.waiting()
        while True:
            try:
                order = {"model": MODEL, "prompt": prompt}
                return str(self.call("POST", QUEUE, json=order)["generations"][0]["generation_id"])
            except httpx.TransportError:
                self.sleep(5)
            if found := self.waiting() - before:
                return found.pop()

    def waiting(self) -> set[str]:
        """The ids of all that is queued or processing."""
        return {row["generation_id"] for row in self.call("GET", QUEUE)["generations"]}

    def film(self, id: str) -> bytes:
        """The video, once it is done; RuntimeError with the hub's words if it is never to be."""
        while (row := self.call("GET", f"{QUEUE}/{id}"))["status"] in ("queued", "processing"):
            self.sleep(5)
        if row["status"] != "succeeded":
            raise RuntimeError(row["error_message"])
        return httpx.get(row["result_url"]).content

    def call(self, method: str, path: str, **more: Any) -> Any:
        return self.http.request(method, path, **more).raise_for_status().json()
