"""A plain client of either provider: it does what it is told, once, and raises what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from contracts.worlds import World
from tests.scenarios.stories.listening import Stream
from tests.server.caller import CREATE, LITE, STATUS, VEO

QUEUE = "/api/ai/queue"
OVER = frozenset({"succeeded", "failed", "cancelled"})
PRICE = 0.4
"""Dollars for one video as it is ordered here, with both providers."""


class Client:
    """Calls one provider. A job is known by its generation id, or by its operation."""

    def __init__(self, world: World, timeout: float) -> None:
        self.world = world
        self.hub = world.provider == "oxen"
        self.waited = 0.0
        self.faults: list[dict[str, Any]] = []
        self._streams: list[Stream] = []
        self._ended = False
        self.http = httpx.Client(
            base_url=world.base_url,
            headers={"authorization": f"Bearer {world.api_key}"},
            timeout=timeout,
            trust_env=False,
            verify=False,
        )

    def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """What is answered; httpx.HTTPError or ValueError if that is no JSON of a success."""
        answer = self.http.request(method, path, **more).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def submit(self, prompt: str = "a kite", *, key: str = "", **fields: Any) -> str:
        """Order a video; the job."""
        return self.submit_all(prompt, key=key, **fields)[0]

    def submit_all(self, prompt: str = "a kite", *, key: str = "", **fields: Any) -> list[str]:
        """The same where the hub makes several jobs of one order."""
        path, order = (QUEUE, VEO) if self.hub else (CREATE, LITE)
        headers = {"idempotency-key": key} if key else {}
        body = {**order, "prompt": prompt, **fields}
        made = self.call("POST", path, json=body, headers=headers)
        return (
            [one["generation_id"] for one in made["generations"]]
            if self.hub
            else [made["operation"]]
        )

    def poll(self, job: str) -> dict[str, Any]:
        """How a job stands."""
        if self.hub:
            return self.call("GET", f"{QUEUE}/{job}")
        return self.call("GET", STATUS, params={"operation": job})

    def status(self, job: str) -> str:
        """The word for it."""
        return str(self.poll(job)["status"])

    def ordered(self) -> list[str]:
        """What the provider has on record: the hub's generations, Omixa's requests."""
        if self.hub:
            rows = self.call("GET", "/api/ai/generations")["generations"]
            return [one["generation_id"] for one in rows]
        return [one["id"] for one in self.call("GET", "/api/v1/usage/requests")["data"]]

    def link(self, job: str) -> str:
        """The link to the first result."""
        shown = self.poll(job)
        return str(shown["result_url"] if self.hub else shown["data"][0]["url"])

    def fetch(self, link: str) -> bytes:
        """What is behind a link."""
        return self.http.get(link).raise_for_status().content

    def cancel(self, job: str) -> Mapping[str, Any]:
        """Cancel one of the hub's jobs."""
        return self.call("DELETE", f"{QUEUE}/{job}")

    def listen(self) -> Stream:
        """Follow the hub's events."""
        request = self.http.build_request("GET", "/api/events")
        stream = Stream(self.http.send(request, stream=True).raise_for_status())
        self._streams.append(stream)
        return stream

    def wait(self, seconds: float) -> None:
        """Sleep: the world's clock is wound."""
        self.world.advance(seconds)
        self.waited += seconds

    @property
    def made(self) -> int:
        """How many jobs there are in truth."""
        return len(self.world.jobs)

    @property
    def paid(self) -> int:
        """How many videos are on the bill."""
        return round(float(self.world.ledger["captured"]) / PRICE)

    @property
    def held(self) -> float:
        """Dollars that are set aside."""
        return float(self.world.ledger["held"])

    def refused(self, *statuses: int) -> int:
        """How many calls were answered with one of these statuses."""
        return sum(one["response"]["status"] in statuses for one in self.world.exchanges)

    def end(self) -> None:
        """The world ends, and with it every stream; what its faults came to is kept."""
        if not self._ended:
            self._ended = True
            self.faults = self.world.faults
            self.world.drop()

    def close(self) -> None:
        """End the world, and hang up."""
        self.end()
        for stream in self._streams:
            stream.close()
        self.http.close()
