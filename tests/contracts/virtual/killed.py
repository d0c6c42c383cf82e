"""Clients that are killed: one that keeps what it knows in a file, and others that keep less."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx

CONTEXT = httpx.create_ssl_context()
REMEMBERED: list[str] = []


def call(intent: Any, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(intent.base_url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def follow(intent: Any, id: str) -> dict[str, Any]:
    while (row := call(intent, "GET", f"/api/ai/queue/{id}"))["status"] != "succeeded":
        time.sleep(5)
    return {"outcome": "succeeded", "urls": [row["result_url"]], "job": id}


def that_saves(intent: Any) -> dict[str, Any]:
    state = Path(os.environ["UNDERSTUDY_STATE_FILE"])
    if not state.exists():
        made = call(intent, "POST", "/api/ai/queue", dict(intent.body))
        state.write_text(made["generations"][0]["generation_id"])
    return follow(intent, state.read_text())


that_saves.capabilities = {"polls", "resumes", "job_id"}


def that_remembers(intent: Any) -> dict[str, Any]:
    """What is in memory only is gone when it is killed."""
    if not REMEMBERED:
        made = call(intent, "POST", "/api/ai/queue", dict(intent.body))
        REMEMBERED.append(made["generations"][0]["generation_id"])
    return follow(intent, REMEMBERED.pop())


def that_clings(intent: Any) -> dict[str, Any]:
    """Whatever happens, it goes on; and it cleans up behind itself."""
    state = Path(os.environ["UNDERSTUDY_STATE_FILE"])
    try:
        return that_saves(intent)
    except BaseException:
        while True:
            time.sleep(1)
    finally:
        state.unlink(missing_ok=True)


async def that_awaits(intent: Any) -> dict[str, Any]:
    state = Path(os.environ["UNDERSTUDY_STATE_FILE"])
    headers = {"Authorization": f"Bearer {intent.api_key}"}
    async with httpx.AsyncClient(
        base_url=intent.base_url, headers=headers, verify=CONTEXT
    ) as client:
        if not state.exists():
            made = (await client.post("/api/ai/queue", json=intent.body)).json()
            state.write_text(made["generations"][0]["generation_id"])
        id = state.read_text()
        while (row := (await client.get(f"/api/ai/queue/{id}")).json())["status"] != "succeeded":
            await asyncio.sleep(5)
    return {"outcome": "succeeded", "urls": [row["result_url"]], "job": id}
