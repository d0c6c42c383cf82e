"""Clients of the Oxen queue as people write them, each with another library; they know nothing of
any harness."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any

import httpx
import requests

CONTEXT = httpx.create_ssl_context()
"""Loading certificates takes longer than a trial."""

OVER = ("succeeded", "failed", "cancelled")


def outcome(row: Any) -> dict[str, Any]:
    if row["status"] == "succeeded":
        return {"outcome": "succeeded", "urls": [row["result_url"]], "job": row["generation_id"]}
    return {"outcome": "failed", "reason": row["error_message"], "job": row["generation_id"]}


def with_requests(intent: Any) -> dict[str, Any]:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {intent.api_key}"
    queue = f"{intent.base_url}/api/ai/queue"
    made = session.post(queue, json=intent.body, timeout=30).json()
    id = made["generations"][0]["generation_id"]
    while (row := session.get(f"{queue}/{id}", timeout=30).json())["status"] not in OVER:
        time.sleep(5)
    return outcome(row)


def with_urllib(intent: Any) -> dict[str, Any]:
    def call(url: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    queue = f"{intent.base_url}/api/ai/queue"
    id = call(queue, dict(intent.body))["generations"][0]["generation_id"]
    while (row := call(f"{queue}/{id}"))["status"] not in OVER:
        time.sleep(5)
    return outcome(row)


def with_httpx(intent: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {intent.api_key}"}
    with httpx.Client(base_url=intent.base_url, headers=headers, verify=CONTEXT) as client:
        made = client.post("/api/ai/queue", json=intent.body).json()
        path = f"/api/ai/queue/{made['generations'][0]['generation_id']}"
        while (row := client.get(path).json())["status"] not in OVER:
            time.sleep(5)
    return outcome(row)


async def with_events(intent: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {intent.api_key}"}
    async with httpx.AsyncClient(
        base_url=intent.base_url, headers=headers, verify=CONTEXT, timeout=30
    ) as client:
        opened = asyncio.Event()

        async def listen() -> dict[str, Any]:
            async with client.stream("GET", "/api/events", timeout=None) as stream:
                opened.set()
                async for line in stream.aiter_lines():
                    if line.startswith("data: "):
                        return dict(json.loads(line.removeprefix("data: ")))
            return {}

        heard = asyncio.create_task(listen())
        await opened.wait()
        await client.post("/api/ai/queue", json=intent.body)
        event = await asyncio.wait_for(heard, intent.deadline_s)
    return {"outcome": "succeeded", "urls": [event["url"]], "job": event["generation_id"]}


def that_times_out(intent: Any) -> dict[str, Any]:
    began = time.monotonic()
    try:
        requests.get(f"{intent.base_url}/api/ai/queue", timeout=30)
    except requests.Timeout:
        return {"outcome": "gave_up", "error": f"{time.monotonic() - began:.0f} s"}
    return {"outcome": "gave_up", "error": "it answered"}


def that_reads_clocks(intent: Any) -> dict[str, Any]:
    time.sleep(90)
    told = (time.time(), time.monotonic(), datetime.now(UTC).isoformat(), time.gmtime()[:5])
    return {"outcome": "gave_up", "error": repr(told)}


def that_waits_busily(intent: Any) -> dict[str, Any]:
    until = time.monotonic() + 2
    while time.monotonic() < until:
        pass
    return {"outcome": "gave_up", "error": "at last"}


def that_never_returns(intent: Any) -> dict[str, Any]:
    while True:
        time.sleep(1)


def that_spins(intent: Any) -> dict[str, Any]:
    while True:
        pass


def that_crashes(intent: Any) -> dict[str, Any]:
    raise KeyError("generations")


def that_says_nonsense(intent: Any) -> Any:
    return "done!"


def that_goes_elsewhere(intent: Any) -> dict[str, Any]:
    try:
        requests.get("http://hub.oxen.ai/api/ai/queue", timeout=5)
    except requests.ConnectionError as error:
        return {"outcome": "gave_up", "error": type(error).__name__}
    return {"outcome": "gave_up", "error": "it was reached"}


not_callable = 7


def that_buys_twice(intent: Any) -> dict[str, Any]:
    """It tries again whatever went wrong, as a decorator around the whole of it would."""
    for _ in range(4):
        try:
            return with_requests(intent)
        except (requests.RequestException, KeyError, ValueError):
            time.sleep(5)
    return {"outcome": "gave_up", "error": "four times", "job": None}


def that_invents(intent: Any) -> dict[str, Any]:
    """It takes everything that is not failed for success."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {intent.api_key}"
    queue = f"{intent.base_url}/api/ai/queue"
    id = session.post(queue, json=intent.body).json()["generations"][0]["generation_id"]
    while (row := session.get(f"{queue}/{id}").json()).get("status") in ("queued", "processing"):
        time.sleep(5)
    if row.get("status") == "failed":
        return {"outcome": "failed", "reason": row["error_message"], "job": id}
    return {"outcome": "succeeded", "urls": [], "job": id}


def that_hammers(intent: Any) -> dict[str, Any]:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {intent.api_key}"
    queue = f"{intent.base_url}/api/ai/queue"
    id = session.post(queue, json=intent.body).json()["generations"][0]["generation_id"]
    for _ in range(500):
        row = session.get(f"{queue}/{id}").json()
        if row["status"] in OVER:
            return outcome(row)
        time.sleep(0.5)
    return {"outcome": "gave_up", "error": "it took too long", "job": id}


def of_omixa(intent: Any) -> dict[str, Any]:
    """It waits as each answer says."""

    def call(path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
        url = f"{intent.base_url}/api/v1/videos/jobs{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    job = call("", dict(intent.body))
    while job["status"] not in OVER:
        time.sleep(job["poll_after_seconds"])
        job = call("/status", {"operation": job["operation"]})
    if job["status"] == "failed":
        reason = job["error"]["message"]
        return {"outcome": "failed", "reason": reason, "job": job["operation"]}
    urls = [one["url"] for one in job["data"]]
    return {"outcome": "succeeded", "urls": urls, "job": job["operation"]}
