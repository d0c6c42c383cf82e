"""Clients that do one thing each that a check has to tell apart from another."""

from __future__ import annotations

import time
from collections.abc import Container
from contextlib import suppress
from email.utils import parsedate_to_datetime
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
        return self.answer(method, path, body).json()

    def answer(
        self, method: str, path: str, body: Any = None, *, stream: bool = False
    ) -> requests.Response:
        url = f"{self.intent.base_url}{path}"
        return self.session.request(method, url, json=body, timeout=200, stream=stream)


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


def listing_on(intent: Any, again: Container[int]) -> dict[str, Any]:
    """Look before the purchase, buy, and look at the list until the job is not in it; where that is
    answered with another status than these, give up."""
    call = Calls(intent)
    call.answer("GET", "/api/ai/queue")
    name = call("POST", "/api/ai/queue", dict(intent.body))["generations"][0]["generation_id"]
    pause = 5.0
    while pause < 100:
        answer = call.answer("GET", "/api/ai/queue")
        if answer.status_code == 200 and name not in answer.text:
            return {"outcome": "succeeded", "urls": [], "job": name}
        if answer.status_code not in {200, *again}:
            break
        pause *= 1.2 if answer.status_code == 200 else 2
        time.sleep(pause)
    return {"outcome": "gave_up", "error": "the list was not to be had", "job": name}


def that_gives_up_at_a_bad_list(intent: Any) -> dict[str, Any]:
    return listing_on(intent, ())


def that_forgives_a_bad_list(intent: Any) -> dict[str, Any]:
    return listing_on(intent, {503})


def that_lists_with_a_dead_key(intent: Any) -> dict[str, Any]:
    return listing_on(intent, {401})


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


def that_looks_and_blocks(intent: Any) -> dict[str, Any]:
    """It looks at the queue before it buys, and then waits for the answer that has it all."""
    call = Calls(intent)
    call("GET", "/api/ai/queue")
    made = call("POST", "/api/ai/videos/generate", dict(intent.body))
    return {"outcome": "succeeded", "urls": [one["url"] for one in made["videos"]]}


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


# Of Oxen, by polls of the job.


def polling(intent: Any, *, heeds: bool) -> dict[str, Any]:
    """Buy and poll. After a failure it pauses as it is told to, or else for 20 seconds."""
    call = Calls(intent)
    name = call("POST", "/api/ai/queue", dict(intent.body))["generations"][0]["generation_id"]
    while True:
        answer = call.answer("GET", f"/api/ai/queue/{name}")
        if answer.status_code == 200 and answer.json()["status"] in OVER:
            return {"outcome": "succeeded", "urls": links(answer.json()), "job": name}
        told = answer.headers.get("Retry-After") if heeds else None
        failed = 20.0 if told is None else seconds(told)
        time.sleep(5 if answer.status_code == 200 else failed)


def seconds(told: str) -> float:
    return (
        float(told) if told.isdecimal() else parsedate_to_datetime(told).timestamp() - time.time()
    )


def that_heeds(intent: Any) -> dict[str, Any]:
    return polling(intent, heeds=True)


def that_pauses_steadily(intent: Any) -> dict[str, Any]:
    return polling(intent, heeds=False)


def that_opens_the_stream_again(intent: Any) -> dict[str, Any]:
    """Open the stream until it is to be had, with the same pause after each refusal."""
    while Calls(intent).answer("GET", "/api/events", stream=True).status_code != 200:
        time.sleep(20)
    return {"outcome": "gave_up", "error": "it is open"}


def fetching(intent: Any, *order: str) -> dict[str, Any]:
    """Buy, poll until the job is over, and then do these things in order."""
    call = Calls(intent)
    name = call("POST", "/api/ai/queue", dict(intent.body))["generations"][0]["generation_id"]
    while (row := call("GET", f"/api/ai/queue/{name}"))["status"] not in OVER:
        time.sleep(5)
    for what in order:
        if what == "poll":
            row = call("GET", f"/api/ai/queue/{name}")
        else:
            with suppress(requests.ConnectionError):
                requests.request(what, row["result_url"], timeout=200)
        time.sleep(10)
    return {"outcome": "succeeded", "urls": links(row), "job": name}


def that_polls_before_it_fetches(intent: Any) -> dict[str, Any]:
    return fetching(intent, "poll", "GET")


def that_polls_for_another_link(intent: Any) -> dict[str, Any]:
    return fetching(intent, "GET", "poll", "GET")


def that_looks_at_the_head_first(intent: Any) -> dict[str, Any]:
    return fetching(intent, "HEAD", "poll", "GET")


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
