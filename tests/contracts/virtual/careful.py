"""A careful client of the Oxen queue: it looks before it buys again, waits as it is told, and says
what it knows when it gives up."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests

FINAL = (400, 401, 402, 403, 404, 413, 422)
TIMEOUT = 20


class GiveUp(Exception):
    """There is nothing more to try."""


class Careful:
    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.end = time.monotonic() + intent.deadline_s - TIMEOUT
        self.queue = f"{intent.base_url}/api/ai/queue"
        self.job: str | None = None
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {intent.api_key}"
        self.pause = 5.0

    def run(self) -> dict[str, Any]:
        try:
            self.job = self.submit()
            return self.follow()
        except GiveUp as error:
            return {"outcome": "gave_up", "error": str(error), "job": self.job}

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """The JSON of an answer; None for one that is to be had again later. GiveUp for good."""
        self.left()
        try:
            answer = self.session.request(
                method, url, json=body, timeout=TIMEOUT, allow_redirects=False
            )
            if answer.status_code in FINAL and not (method == "GET" and answer.status_code == 404):
                raise GiveUp(f"{answer.status_code}: {answer.text[:200]}")
            if answer.status_code != 200:
                self.wait(answer.headers.get("Retry-After"))
                return None
            return answer.json()
        except (requests.RequestException, ValueError):
            self.wait(None)
            return None

    def left(self) -> None:
        if time.monotonic() >= self.end:
            raise GiveUp("there is no time left")

    def wait(self, told: str | None) -> None:
        """As long as the provider says, or longer from time to time."""
        seconds = self.pause = min(self.pause * 1.5, 60)
        try:
            seconds = max(float(told or seconds), 0)
        except ValueError:
            if told is not None and "GMT" in told:
                seconds = max(parsedate_to_datetime(told).timestamp() - time.time(), 0) + 1
        if time.monotonic() + seconds >= self.end:
            raise GiveUp("the provider wants more time than there is")
        time.sleep(seconds + 0.1)

    def waiting(self) -> set[str]:
        while True:
            answer = self.call("GET", f"{self.intent.base_url}/api/ai/generations")
            rows = answer.get("generations") if isinstance(answer, dict) else None
            if isinstance(rows, list):
                return {row["generation_id"] for row in rows if "generation_id" in row}
            if answer is not None:
                self.wait(None)

    def submit(self) -> str:
        before = self.waiting()
        while True:
            answer = self.call("POST", self.queue, dict(self.intent.body))
            made = answer.get("generations") if isinstance(answer, dict) else None
            if isinstance(made, list) and made and isinstance(made[0], dict):
                id = made[0].get("generation_id")
                if isinstance(id, str):
                    return id
            if found := self.waiting() - before:
                return found.pop()

    def follow(self) -> dict[str, Any]:
        while True:
            row = self.call("GET", f"{self.queue}/{self.job}")
            if isinstance(row, dict):
                status, url = row.get("status"), row.get("result_url")
                if status == "succeeded" and isinstance(url, str):
                    return {"outcome": "succeeded", "urls": [url], "job": self.job}
                if status == "failed" and isinstance(row.get("error_message"), str):
                    return {"outcome": "failed", "reason": row["error_message"], "job": self.job}
                if status == "cancelled":
                    return {"outcome": "cancelled", "job": self.job}
                self.left()
                time.sleep(5)


def careful(intent: Any) -> dict[str, Any]:
    return Careful(intent).run()
