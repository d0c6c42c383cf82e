"""Somebody with a key, who calls both providers and winds the clock of their own world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from emulator import Emulator
from emulator.server.live import Live

VEO: Mapping[str, Any] = {
    "model": "google-veo-3-1-lite",
    "prompt": "a kite",
    "input_image": "https://example.com/kite.png",
}
KLING: Mapping[str, Any] = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite"}
FLUX: Mapping[str, Any] = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "a kite"}
LITE: Mapping[str, Any] = {"model": "veo-3.1-lite-generate-001", "prompt": "a kite"}

CREATE = "/api/v1/videos/jobs"
STATUS = "/api/v1/videos/jobs/status"


@dataclass(frozen=True)
class Caller:
    """Calls with a key; `control` reaches the world's pages of the control plane."""

    http: httpx.Client
    key: str
    emulator: Emulator

    @property
    def live(self) -> Live:
        """The world itself, to look at."""
        found = self.emulator.stage.find(self.key)
        assert found is not None
        return found

    def make(self, **scenario: Any) -> dict[str, Any]:
        """A new world for the key."""
        body = {"key": self.key, "scenario": scenario}
        return self._json(self.http.post("/_understudy/worlds", json=body))

    def drop(self) -> None:
        self.http.delete(f"/_understudy/worlds/{self.key}")

    def control(self, page: str = "", body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A page of the world, or what posting to it answers."""
        return self._json(self.plane(page, body))

    def plane(self, page: str = "", body: Mapping[str, Any] | None = None) -> httpx.Response:
        path = f"/_understudy/worlds/{self.key}" + (f"/{page}" if page else "")
        return self.http.get(path) if body is None else self.http.post(path, json=body)

    def advance(self, by: str | float) -> None:
        self.control("clock", {"advance": by})

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> dict[str, Any]:
        return self._json(self.call("GET", path, **more))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._json(self.call("POST", path, json=body))

    def enqueue(self, body: Mapping[str, Any] = VEO, **fields: Any) -> str:
        """The id of a generation in the Oxen queue."""
        made = self.post("/api/ai/queue", {**body, **fields})["generations"]
        return str(made[0]["generation_id"])

    def row(self, id: str) -> dict[str, Any]:
        return self.get(f"/api/ai/queue/{id}")

    def cancel(self, id: str) -> dict[str, Any]:
        return self._json(self.call("DELETE", f"/api/ai/queue/{id}"))

    def create(self, **fields: Any) -> dict[str, Any]:
        """An Omixa job, as its create was answered."""
        return self.post(CREATE, {**LITE, **fields})

    def poll(self, operation: str) -> dict[str, Any]:
        return self.post(STATUS, {"operation": operation})

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        assert response.is_success, response.text
        data = response.json()
        assert isinstance(data, dict)
        return data
