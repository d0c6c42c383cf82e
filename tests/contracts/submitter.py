"""A client of Oxen's blocking call."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def generate(intent: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
    url = f"{intent.base_url}/api/ai/videos/generate"
    request = urllib.request.Request(url, json.dumps(dict(intent.body)).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as answer:
        said = json.load(answer)
    return {"outcome": "succeeded", "urls": [one["url"] for one in said["videos"]]}
