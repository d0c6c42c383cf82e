"""How each provider is asked, and what its answers say. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

COMPLETED = "media_generation_completed"
ENDS = frozenset({"succeeded", "failed", "cancelled"})
WAIT = 600
"""Seconds of the provider's time that a sync user of Omixa asks it to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A call to make."""

    operation: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


class Dialect(Protocol):
    """One provider's way of saying things."""

    name: str
    every: float
    """Seconds between polls, as documented."""
    sample: Mapping[str, Any]

    def submit(self, body: Mapping[str, Any]) -> Ask: ...

    def sync(self, body: Mapping[str, Any]) -> Ask: ...

    def look(self, id: str) -> Ask: ...

    def made(self, answer: Any) -> str:
        """The id that a submit's answer gives; ValueError if it gives none."""
        ...

    def end(self, answer: Any) -> str:
        """The word for how the job ended; empty while it has not."""
        ...

    def links(self, answer: Any) -> list[str]: ...


class Oxen:
    """The hub's queue and its sync endpoint. Its samples poll every five seconds."""

    name = "oxen"
    every = 5.0
    sample: Mapping[str, Any] = {
        "model": "google-veo-3-1-lite",
        "input_image": "https://example.com/lake.png",
    }

    def submit(self, body: Mapping[str, Any]) -> Ask:
        return Ask(operation="enqueue", method="POST", path="/api/ai/queue", body=body)

    def sync(self, body: Mapping[str, Any]) -> Ask:
        return Ask(operation="generate", method="POST", path="/api/ai/videos/generate", body=body)

    def look(self, id: str) -> Ask:
        return Ask(operation="status", method="GET", path=f"/api/ai/queue/{quote(id, safe='')}")

    def made(self, answer: Any) -> str:
        """A sync answer names no job, but for its link; that of the queue names each."""
        if isinstance(_field(answer, "videos"), list):
            return ""
        return _text(_first(_field(answer, "generations")), "generation_id")

    def end(self, answer: Any) -> str:
        if isinstance(_field(answer, "videos"), list):
            return "succeeded"
        return _end(answer)

    def links(self, answer: Any) -> list[str]:
        videos = _field(answer, "videos")
        rows = videos if isinstance(videos, list) else [{"url": _field(answer, "result_url")}]
        return _urls(rows)


class Omixa:
    """Omixa's video jobs. Its answers say to poll after five seconds."""

    name = "omixa"
    every = 5.0
    sample: Mapping[str, Any] = {"model": "veo-3.1-lite-generate-001"}

    def submit(self, body: Mapping[str, Any]) -> Ask:
        return Ask(operation="create", method="POST", path="/api/v1/videos/jobs", body=body)

    def sync(self, body: Mapping[str, Any]) -> Ask:
        return self.submit({**body, "wait_seconds": WAIT, "poll_interval_seconds": 2})

    def look(self, id: str) -> Ask:
        path = f"/api/v1/videos/jobs/status?operation={quote(id, safe='')}"
        return Ask(operation="status", method="GET", path=path)

    def made(self, answer: Any) -> str:
        return _text(answer, "operation")

    def end(self, answer: Any) -> str:
        return _end(answer)

    def links(self, answer: Any) -> list[str]:
        rows = _field(answer, "data")
        return _urls(rows if isinstance(rows, list) else [])


DIALECTS: Mapping[str, Dialect] = {"oxen": Oxen(), "omixa": Omixa()}


def job_of(id: str) -> str:
    """The job that an id stands for: Omixa's operations are paths that end with it."""
    return id.rpartition("/")[2]


def job_in(link: str) -> str:
    """The job that a result's link is named after, if it is named after one."""
    return urlsplit(link).path.rpartition("/")[2].rpartition(".")[0]


def _field(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, Mapping) else None


def _first(of: Any) -> Any:
    return of[0] if isinstance(of, list) and of else None


def _text(of: Any, name: str) -> str:
    found = _field(of, name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"the answer has no {name}")
    return found


def _end(answer: Any) -> str:
    status = _field(answer, "status")
    return status if isinstance(status, str) and status in ENDS else ""


def _urls(rows: list[Any]) -> list[str]:
    found = [_field(row, "url") for row in rows]
    return [url for url in found if isinstance(url, str) and url.startswith("http")]
