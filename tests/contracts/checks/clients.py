"""Clients that do one thing each that a check has to tell apart from another."""

from __future__ import annotations

import time
from typing import Any

import requests

OVER = ("succeeded", "failed", "cancelled")


class Calls:
    """Calls of one API, with the key."""

    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {intent.api_key}"

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.intent.base_url}{path}"
        return self.session.request(method, url, json=body, timeout=200).json()


# Of Oxen, by the list of jobs.


def listing(intent: Any, every: float, *paths: str) -> dict[str, Any]:
    """Buy, look at lists until all jobs are over, and fetch their rows. The bare queue shows a job
    for as long as it is not."""
    call = Calls(intent)
    made = call("POST", "/api/ai/queue", dict(intent.body))["generations"]
    ids = {one["generation_id"] for one in made}
    while True:
        pages = [call("GET", path)["generations"] for path in paths]
        words = {row["generation_id"]: row["status"] for page in pages for row in page}
        usual = "succeeded" if paths == ("/api/ai/queue",) else "queued"
        if all(words.get(id, usual) in OVER for id in ids):
            break
        time.sleep(every)
    rows = [call("GET", f"/api/ai/queue/{id}") for id in sorted(ids)]
    urls = [row["result_url"] for row in rows]
    return {"outcome": "succeeded", "urls": urls, "job": ",".join(sorted(ids))}


def that_lists_each_second(intent: Any) -> dict[str, Any]:
    return listing(intent, 1, "/api/ai/queue")


def that_lists_the_done_each_second(intent: Any) -> dict[str, Any]:
    return listing(intent, 1, "/api/ai/queue?status=succeeded")


def that_lists(intent: Any) -> dict[str, Any]:
    return listing(intent, 5, "/api/ai/queue")


def that_turns_pages(intent: Any) -> dict[str, Any]:
    pages = [f"/api/ai/generations?page={page}&page_size=1" for page in (1, 2)]
    return listing(intent, 5, *pages)


def that_looks_before_it_buys(intent: Any) -> dict[str, Any]:
    """It buys two with a look before each, cancels one, and looks whether that had an effect."""
    call = Calls(intent)
    for _ in range(2):
        call("GET", "/api/ai/queue")
        (made,) = call("POST", "/api/ai/queue", dict(intent.body))["generations"]
    call("GET", "/api/ai/queue")
    call("DELETE", f"/api/ai/queue/{made['generation_id']}")
    call("GET", "/api/ai/queue")
    return {"outcome": "gave_up", "error": "enough", "job": made["generation_id"]}


def that_searches(intent: Any) -> dict[str, Any]:
    """It has lost the answer to its submit, and looks for the job in quick succession until it is
    told of it."""
    call = Calls(intent)
    try:
        call("POST", "/api/ai/queue", dict(intent.body))
    except requests.RequestException:
        for pause in (1, 2, 4):
            time.sleep(pause)
            call("GET", "/api/ai/queue?status=failed")
    (row,) = call("GET", "/api/ai/queue")["generations"]
    return {"outcome": "gave_up", "error": "it was there", "job": row["generation_id"]}


# Of both, with a submit that may tell all.


def that_polls_once_more(intent: Any) -> dict[str, Any]:
    """It buys, reads nothing of the answer but the name, and polls until the job is over."""
    call = Calls(intent)
    if intent.provider == "oxen":
        made = call("POST", "/api/ai/queue", dict(intent.body))
        name = made["generations"][0]["generation_id"]
        path, body, method = f"/api/ai/queue/{name}", None, "GET"
    else:
        name = call("POST", "/api/v1/videos/jobs", dict(intent.body))["operation"]
        path, body, method = "/api/v1/videos/jobs/status", {"operation": name}, "POST"
    while (row := call(method, path, body))["status"] not in OVER:
        time.sleep(5)
    return {"outcome": row["status"], "urls": links(row), "job": name, "reason": "it failed"}


def that_reads_the_answer(intent: Any) -> dict[str, Any]:
    """It takes the end from the create's own answer."""
    row = Calls(intent)("POST", "/api/v1/videos/jobs", dict(intent.body))
    return {"outcome": row["status"], "urls": links(row), "job": row["operation"]}


def links(row: Any) -> list[str]:
    found = [one["url"] for one in row.get("data") or []]
    return found if row.get("result_url") is None else [row["result_url"]]
