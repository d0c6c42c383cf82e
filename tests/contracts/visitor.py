"""A client that makes every call that its provider documents, and a few that it does not. It says
what became of its job."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

OVER = ("succeeded", "failed", "cancelled")
NEVER = "00000000-0000-0000-0000-000000000000"


class Visitor:
    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.key = {"Authorization": f"Bearer {intent.api_key}"}

    def call(self, method: str, target: str, body: Any = None, **headers: str) -> Any:
        """The JSON that was answered; an empty object if it was none."""
        parts = urlsplit(self.intent.base_url)
        wire = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        given = {**self.key, **{name.replace("_", "-"): one for name, one in headers.items()}}
        if body is not None:
            body, given["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            wire.request(method, target, body, given)
            answer = wire.getresponse()
            if answer.headers.get_content_type() == "text/event-stream":
                return {}
            said = answer.read()
        except (OSError, HTTPException):
            return {}
        finally:
            wire.close()
        try:
            found = json.loads(said)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def follow(self, look: Any) -> dict[str, Any]:
        """The job once it is over, or as it stands after a while."""
        row: dict[str, Any] = {}
        for _ in range(60):
            row = look()
            if row.get("status") in OVER:
                break
            time.sleep(5)
        return row

    def fetch(self, url: str) -> None:
        parts = urlsplit(url)
        target, key = f"{parts.path}?{parts.query}", self.key
        self.key = {}
        self.call("GET", target)
        self.call("GET", target, Range="bytes=0-99")
        self.call("HEAD", target)
        self.call("GET", f"{parts.path}?oxen_signature=x&signature=x")
        self.call("HEAD", f"{parts.path}?oxen_signature=x&signature=x")
        self.key = key

    def behind(self, url: str) -> dict[str, Any]:
        parts = urlsplit(url)
        self.call("GET", f"{parts.path}?{parts.query}", Range="bytes=99999999-")
        return {"outcome": "succeeded", "urls": [url]}


def oxen_behind_the_end(intent: Any) -> dict[str, Any]:
    """It asks for bytes that its video does not have."""
    visitor = Visitor(intent)
    made = visitor.call("POST", "/api/ai/queue", dict(intent.body))
    id = made["generations"][0]["generation_id"]
    row = visitor.follow(lambda: visitor.call("GET", f"/api/ai/queue/{id}"))
    return visitor.behind(row["result_url"])


def omixa_behind_the_end(intent: Any) -> dict[str, Any]:
    """It asks for bytes that its video does not have."""
    visitor = Visitor(intent)
    jobs = "/api/v1/videos/jobs"
    asked = {"operation": visitor.call("POST", jobs, dict(intent.body))["operation"]}
    job = visitor.follow(lambda: visitor.call("POST", f"{jobs}/status", asked))
    return visitor.behind(job["data"][0]["url"])


def oxen(intent: Any) -> dict[str, Any]:
    visitor = Visitor(intent)
    call, queue, past = visitor.call, "/api/ai/queue", "/api/ai/generations"
    made = call("POST", queue, dict(intent.body)).get("generations") or [{}]
    id = made[0].get("generation_id", NEVER)
    call("GET", queue)
    row = visitor.follow(lambda: call("GET", f"{queue}/{id}"))
    if isinstance(row.get("result_url"), str):
        visitor.fetch(row["result_url"])
    call("POST", "/api/ai/videos/generate", dict(intent.body))
    call("POST", "/api/ai/images/generate", dict(intent.body))
    call(
        "POST",
        "/api/ai/images/generate",
        {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "x"},
    )
    for target in (
        queue,
        f"{queue}?status=cancelled",
        f"{queue}?status=done",
        past,
        f"{past}/{id}",
    ):
        call("GET", target)
    for target in (f"{past}?page=2&page_size=1", f"{past}?page=0", f"{queue}/{NEVER}", "/api/none"):
        call("GET", target)
    last = call("POST", queue, dict(intent.body)).get("generations") or [{}]
    call("DELETE", f"{queue}/{last[0].get('generation_id', NEVER)}")
    call("DELETE", f"{queue}/{id}")
    call("DELETE", f"{queue}/{NEVER}")
    call("PUT", queue, {})
    call("GET", "/api/events")
    visitor.key = {}
    for target in (
        "",
        "?developer_name=Kling",
        "/search?search=veo",
        "/search",
        "/google-veo-3-1",
        "/x",
    ):
        call("GET", f"/api/ai/models{target}")
    for target in (queue, past, "/api/events"):
        call("GET", target)
    return _outcome(row, id, [row.get("result_url")])


def omixa(intent: Any) -> dict[str, Any]:
    visitor = Visitor(intent)
    call, jobs = visitor.call, "/api/v1/videos/jobs"
    job = call("POST", jobs, dict(intent.body))
    id = job.get("operation", "projects/none")
    row = visitor.follow(lambda: call("POST", f"{jobs}/status", {"operation": id}))
    urls = [one["url"] for one in row.get("data") or [] if isinstance(one, dict) and "url" in one]
    for url in urls:
        visitor.fetch(url)
    call("GET", f"{jobs}/status?operation={quote(str(id), safe='')}")
    call("GET", f"{jobs}/status")
    call("POST", f"{jobs}/status", {"operation": "projects/none"})
    call("POST", f"{jobs}/status", {})
    call("POST", jobs, {**intent.body, "model": "veo-9"})
    call("POST", jobs, {**intent.body, "duration_seconds": [4]})
    call("GET", jobs)
    call("DELETE", f"{jobs}/{id}")
    for target in ("models", "usage/requests", "usage/rollups?period_type=day", "usage/rollups"):
        call("GET", f"/api/v1/{target}")
    call("GET", "/api/v1/usage/rollups?period_type=week")
    visitor.key = {}
    call("POST", jobs, dict(intent.body))
    call("GET", "/api/v1/models")
    return _outcome(row, id, urls)


def _outcome(row: dict[str, Any], id: Any, urls: list[Any]) -> dict[str, Any]:
    job = id if isinstance(id, str) else None
    match row.get("status"):
        case "succeeded":
            return {"outcome": "succeeded", "urls": urls, "job": job}
        case "failed":
            return {"outcome": "failed", "reason": json.dumps(row), "job": job}
        case "cancelled":
            return {"outcome": "cancelled", "job": job}
        case word:
            return {"outcome": "gave_up", "error": f"it stands at {word}", "job": job}
