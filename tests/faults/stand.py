"""A world to be struck in: it brings a call of any kind about, and tells what the world says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from emulator.providers.port import Kind
from tests.server.caller import CREATE, LITE, STATUS, VEO, Caller
from tests.server.raw import until

DONE = "36s"
"""When a job of the usual plan has just ended."""

USUAL: Mapping[str, Any] = {
    "clock": {"mode": "auto", "speed": 1},
    "plans": [{"queued": "5s", "running": "30s"}],
}
"""A clock that leaps over whatever is waited for, and hardly flows otherwise."""

MANUAL: Mapping[str, Any] = {"clock": {"mode": "manual"}}
"""A clock that stands still instead."""

BODIES: Mapping[str, Mapping[str, Any]] = {"oxen": VEO, "omixa": LITE}
SUBMITS = {"oxen": "/api/ai/queue", "omixa": CREATE}
EVENTS = "/api/events"


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as any client can make it; `json` says whether its answer is to be parsed."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    json: bool = True
    timeout: float = 20


class Make(Protocol):
    """Makes stands."""

    def __call__(self, *, listener: bool = False, **scenario: Any) -> Stand: ...


@dataclass(frozen=True, slots=True)
class Stand:
    """A world with its caller; `url` is where its clients call."""

    caller: Caller
    url: str

    def arm(self, do: Any, operation: str | None = None, **more: Any) -> str:
        """Arm a fault; its id. `on` may say more of the address."""
        on = {**({"operation": operation} if operation else {}), **more.pop("on", {})}
        made = self.caller.control("faults", {"do": do, "on": on, **more})
        return str(made["id"])

    def disarm(self, id: str) -> None:
        answer = self.caller.http.delete(f"{self.plane}/faults/{id}")
        assert answer.status_code == 200, answer.text

    @property
    def plane(self) -> str:
        """The path of the world's pages."""
        return f"/_understudy/worlds/{self.caller.key}"

    def fault(self, id: str) -> dict[str, Any]:
        return self.caller.control(f"faults/{id}")

    def fired(self, id: str) -> dict[str, Any]:
        """The fault, once its strike is told: a silence is recorded when the client has gone."""
        until(lambda: self.fault(id)["state"] in ("fired", "idle"), f"{id} fires")
        return self.fault(id)

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.caller.control("jobs")["jobs"]
        return found

    def postings(self, *kinds: str) -> list[dict[str, Any]]:
        """The ledger's postings of these kinds, of all if none is named."""
        found = self.caller.control("ledger")["postings"]
        return [one for one in found if not kinds or one["kind"] in kinds]

    def money(self, provider: str) -> dict[str, str]:
        """A provider's account, in dollars."""
        found: dict[str, str] = self.caller.control("ledger")["accounts"][provider]
        return found

    def end_streams(self) -> None:
        """The world's streams end in order, as they do when the server stops."""
        hubs = self.caller.live.hubs.values()
        until(lambda: not any(hub.busy for hub in hubs), "everything is sent")
        (server,) = self.caller.emulator._server.servers
        for hub in hubs:
            server.get_loop().call_soon_threadsafe(hub.close)

    def exchanges(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.caller.control("exchanges")["exchanges"]
        return found

    def ask(self, provider: str, kind: Kind, job: str = "") -> Ask:
        """A call of a provider's first operation of that kind, about a job that is made if need
        be, and is over."""
        match kind:
            case Kind.SUBMIT | Kind.CONNECT:
                return self._call("POST", SUBMITS[provider], BODIES[provider])
            case Kind.JOB if provider == "oxen":
                return self._call("GET", f"/api/ai/queue/{job or self.done(provider)}")
            case Kind.JOB:
                return self._call("POST", STATUS, {"operation": job or self.done(provider)})
            case Kind.CANCEL:
                return self._call("DELETE", f"/api/ai/queue/{job or self.submit(provider)}")
            case Kind.LIST:
                path = "/api/ai/queue" if provider == "oxen" else "/api/v1/usage/requests"
                return self._call("GET", path)
            case Kind.TABLE:
                path = "/api/ai/models" if provider == "oxen" else "/api/v1/models"
                return self._call("GET", path)
            case Kind.FILE:
                return self._call(
                    "GET", self.link(provider, job or self.done(provider)), json=False
                )
            case Kind.STREAM:
                return self._call("GET", EVENTS, json=False)

    def call(self, ask: Ask, **more: Any) -> httpx.Response:
        """Make a call with httpx."""
        return self.caller.http.request(
            ask.method, ask.url, headers=ask.headers, json=ask.body, **more
        )

    def submit(self, provider: str, **fields: Any) -> str:
        """A job, and the name by which its provider knows it."""
        if provider == "oxen":
            return self.caller.enqueue(**fields)
        return str(self.caller.create(**fields)["operation"])

    def done(self, provider: str) -> str:
        """A job that has just succeeded."""
        job = self.submit(provider)
        self.caller.advance(DONE)
        return job

    def look(self, provider: str, job: str) -> dict[str, Any]:
        """What a poll says of a job."""
        return self.caller.row(job) if provider == "oxen" else self.caller.poll(job)

    def link(self, provider: str, job: str) -> str:
        """Path and query of the link to a job's first result."""
        shown = self.look(provider, job)
        url = shown["result_url"] if provider == "oxen" else shown["data"][0]["url"]
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, json: bool = True
    ) -> Ask:
        key = {"authorization": f"Bearer {self.caller.key}"}
        return Ask(method, f"{self.url}{path}", key, body, json)
