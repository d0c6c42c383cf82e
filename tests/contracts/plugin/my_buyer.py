"""A client of the Oxen hub that tries the whole of it again, whatever went wrong."""

from __future__ import annotations

import json
import time
import urllib.request
from http.client import HTTPException
from typing import Any

OVER = ("succeeded", "failed", "cancelled")


def buys(intent: Any) -> dict[str, Any]:
    for _ in range(3):
        try:
            return once(intent)
        except (OSError, HTTPException, KeyError, ValueError):
            time.sleep(5)
    return {"outcome": "gave_up", "error": "three times", "job": None}


def once(intent: Any) -> dict[str, Any]:
    def call(target: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{intent.base_url}{target}", data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    queue = "/api/ai/queue"
    id = call(queue, dict(intent.body))["generations"][0]["generation_id"]
    while (row := call(f"{queue}/{id}"))["status"] not in OVER:
        time.sleep(5)
    if row["status"] == "succeeded":
        return {"outcome": "succeeded", "urls": [row["result_url"]], "job": id}
    return {"outcome": "failed", "reason": str(row["error_message"]), "job": id}


async def in_time(intent: Any) -> dict[str, Any]:
    return once(intent)
