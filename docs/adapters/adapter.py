"""Attaches a client to the grader as a program that stays up: intents come in and outcomes go out,
a line of JSON each. Copy it, and call your own client in make_video. Grade it with
`understudy grade oxen --worker -- python adapter.py`."""

import json
import sys
import time
from urllib.request import Request, urlopen


def call(url, api_key, body=None):
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    with urlopen(Request(url, body and json.dumps(body).encode(), headers), timeout=30) as answer:
        return json.load(answer)


def make_video(base_url, api_key, body, deadline):
    """Your client goes here; this is the least that works. `deadline` is in seconds from now."""
    end = time.monotonic() + deadline
    job = call(f"{base_url}/api/ai/queue", api_key, body)["generations"][0]["generation_id"]
    while time.monotonic() < end:
        row = call(f"{base_url}/api/ai/queue/{job}", api_key)
        if row["status"] == "succeeded":
            return {"outcome": "succeeded", "urls": [row["result_url"]], "job": job}
        if row["status"] == "failed":
            return {"outcome": "failed", "reason": row["error_message"], "job": job}
        time.sleep(5)
    return {"outcome": "gave_up", "error": "out of time", "job": job}


for line in sys.stdin:  # Whatever else you print must go to stderr.
    intent = json.loads(line)
    given = [intent[name] for name in ("base_url", "api_key", "body", "deadline_s")]
    try:
        outcome = make_video(*given)
    except Exception as error:
        outcome = {"outcome": "gave_up", "error": repr(error), "job": None}
    print(json.dumps(outcome), flush=True)
