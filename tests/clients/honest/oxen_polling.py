"""A client of the Oxen queue that keeps every clause: it polls, fetches every result, finds its
jobs again after a kill, and cancels what it gives up. Its steps are small, so that a bug is one."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.clients.honest.exchange import (
    Answer,
    GiveUp,
    Refused,
    Trouble,
    exchange,
    retry_after,
    session,
    whole,
)

AGAIN = (408, 425, 429)
"""What is refused for now only; any other 4xx is refused for good."""


class OxenPolling:
    CAPABILITIES = frozenset({"polls", "downloads", "resumes", "cancels", "deadline", "job_id"})
    TIMEOUT, EVERY, LONGEST = 60.0, 5.0, 40.0
    TRIES = 6
    """How often a result, an id that is not found, or a job in doubt is looked for."""

    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.spare = min(15.0, intent.deadline_s / 10)
        self.end = time.monotonic() + intent.deadline_s - self.spare
        count = intent.body.get("num_generations")
        self.wanted = count if isinstance(count, int) else 1
        self.before: list[str] = []
        self.ids: list[str] = []
        self.live: set[str] = set()
        self.failures: Counter[str] = Counter()
        self.session = session()

    def run(self) -> dict[str, Any]:
        try:
            self.ids = self.begin()
            self.live = set(self.ids)
            return self.follow()
        except (GiveUp, Refused) as error:
            return self.give_up(str(error))

    # Jobs: known from before, found again, or bought.

    def begin(self) -> list[str]:
        known = self.load()
        if known.get("ids"):
            return list(known["ids"])
        if "before" in known:
            self.before = known["before"]
            ids = self.search(3) or self.submit()
        else:
            self.before = [row["generation_id"] for row in self.insist("list", self.jobs)]
            self.save()
            ids = self.submit()
        self.save(ids)
        return ids

    def submit(self) -> list[str]:
        """The ids of new jobs; one that may have been made is looked for, and not bought again."""
        while True:
            try:
                return self.enqueue()
            except Trouble as trouble:
                self.pause("submit", trouble)
                if ids := self.search(self.TRIES if trouble.taken else 1):
                    return ids
                if trouble.taken:
                    raise GiveUp(f"a job may have been made: {trouble}") from None

    def enqueue(self) -> list[str]:
        made = self.call("POST", "/api/ai/queue", self.body()).get("generations")
        rows = made if isinstance(made, list) else []
        ids = [row.get("generation_id") for row in rows if isinstance(row, dict)]
        if len(ids) != self.wanted or not all(isinstance(id, str) for id in ids):
            raise Trouble("the answer to the submit has no ids", taken=True)
        return ids

    def body(self) -> dict[str, Any]:
        return dict(self.intent.body)

    def search(self, times: int) -> list[str]:
        """The ids of jobs that were not there before; none if so many looks show none."""
        for nth in range(times):
            if nth:
                self.wait(min(self.EVERY * 1.6**nth, self.LONGEST))
            if rows := [row for row in self.insist("list", self.jobs) if self.ours(row)]:
                return [row["generation_id"] for row in rows][: self.wanted]
        return []

    def jobs(self) -> list[dict[str, Any]]:
        rows = self.call("GET", "/api/ai/generations?page_size=1000").get("generations")
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and isinstance(row.get("generation_id"), str) for row in rows
        ):
            raise Trouble("the list of jobs cannot be read")
        return rows

    def ours(self, row: dict[str, Any]) -> bool:
        body = self.body()
        same = row.get("model_name") == body.get("model") and row.get("prompt") == body.get(
            "prompt"
        )
        return same and row["generation_id"] not in self.before

    # From a job to its end.

    def follow(self) -> dict[str, Any]:
        ends: dict[str, tuple[str, str]] = {}
        while True:
            for id in self.ids:
                if id not in ends and (end := self.judge(id, self.insist("poll", self.look, id))):
                    ends[id] = end
            if len(ends) == len(self.ids):
                return self.report([ends[id] for id in self.ids])
            self.wait(self.interval())

    def interval(self) -> float:
        return self.EVERY

    def look(self, id: str) -> dict[str, Any]:
        try:
            return self.shaped(id, self.call("GET", f"/api/ai/queue/{id}"))
        except Refused as no:
            if no.status != 404 or self.failures["poll"] >= self.TRIES:
                raise
            raise Trouble(str(no)) from None

    def shaped(self, id: str, row: dict[str, Any]) -> dict[str, Any]:
        """The job's row; Trouble if it is none, or tells half of what it should."""
        status = row.get("status")
        if row.get("generation_id") != id or not isinstance(status, str):
            raise Trouble("this is no row of the job")
        if status == "succeeded" and not isinstance(row.get("result_url"), str):
            raise Trouble("it has succeeded, without a link")
        wordless = not isinstance(row.get("error_message"), str)
        if status == "failed" and wordless and self.failures["poll"] < 3:
            raise Trouble("it has failed, without words")
        return row

    def judge(self, id: str, row: dict[str, Any]) -> tuple[str, str] | None:
        """How the job ended, with its link or the words of its failure; None if it goes on."""
        status = row["status"]
        if status not in ("succeeded", "failed", "cancelled"):
            return None
        self.live.discard(id)
        if status == "succeeded":
            return status, self.fetch(id, row)
        return status, row.get("error_message") or "no reason was given"

    def report(self, ends: list[tuple[str, str]]) -> dict[str, Any]:
        kinds = {status for status, _ in ends}
        worst = next(one for one in ("failed", "cancelled", "succeeded") if one in kinds)
        urls = [text for status, text in ends if status == "succeeded"]
        words = "; ".join(text for status, text in ends if status == "failed")
        return {"outcome": worst, "urls": urls, "reason": words, "job": self.named()}

    def give_up(self, why: str) -> dict[str, Any]:
        for id in self.live:
            with suppress(Trouble, Refused):
                self.cancel(id)
        return {"outcome": "gave_up", "error": why, "job": self.named()}

    def cancel(self, id: str) -> None:
        self.call("DELETE", f"/api/ai/queue/{id}")

    def named(self) -> str | None:
        return ",".join(self.ids) or None

    # Results.

    def fetch(self, id: str, row: dict[str, Any]) -> str:
        """The link under which the whole result was had; for one that fails a new one is asked."""
        for _ in range(self.TRIES):
            try:
                self.check(row, self.download(row["result_url"]))
            except Trouble as trouble:
                self.pause("download", trouble)
                fresh = self.insist("poll", self.look, id)
                row = fresh if fresh["status"] == "succeeded" else row
            else:
                return row["result_url"]
        raise GiveUp("the result is there, and cannot be fetched")

    def download(self, url: str) -> Answer:
        """What the link answers. It is signed, so that no key goes to whoever serves it."""
        return self.send("GET", url, allow_redirects=True)

    def check(self, row: dict[str, Any], file: Answer) -> None:
        if file.status != 200:
            raise Trouble(f"the link answers {file.status}", told=file.headers.get("Retry-After"))
        if not file.content or (row.get("media_type") == "video" and not whole(file.content)):
            raise Trouble("this is no whole file")

    # Calls, and the time between them.

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.intent.api_key}"}

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The JSON object of an answer; Trouble if there is none now, Refused if never."""
        given = {"headers": self.headers(), "allow_redirects": False}
        if body is not None:
            given["json"] = body
        answer = self.send(method, f"{self.intent.base_url}{path}", **given)
        return self.read(answer)

    def read(self, answer: Answer) -> dict[str, Any]:
        status, told = answer.status, answer.headers.get("Retry-After")
        if 400 <= status < 500 and status not in AGAIN:
            raise Refused(status, answer.content.decode(errors="replace")[:300])
        if not 200 <= status < 300:
            raise Trouble(f"the answer is {status}", told=told, taken=status == 504)
        try:
            found = json.loads(answer.content)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Trouble("the answer is no JSON object", taken=True)
        return found

    def send(self, method: str, url: str, **given: Any) -> Answer:
        """One exchange, which never outlives the deadline."""
        left = self.end + self.spare / 2 - time.monotonic()
        limit = max(min(self.TIMEOUT, left), 1.0)
        return exchange(self.session, method, url, limit=limit, **given)

    def insist(self, what: str, ask: Callable[..., Any], *given: Any) -> Any:
        """What a call says once it says something, with growing pauses until then."""
        while True:
            try:
                found = ask(*given)
            except Trouble as trouble:
                self.pause(what, trouble)
            else:
                self.failures[what] = 0
                return found

    def pause(self, what: str, trouble: Trouble) -> None:
        """As long as the provider says, and longer with every failure in a row."""
        self.failures[what] += 1
        own = min(self.EVERY * 1.6 ** (self.failures[what] - 1), self.LONGEST)
        self.wait(max(own, self.told(trouble.told)))

    def told(self, header: str | None) -> float:
        return retry_after(header)

    def wait(self, seconds: float) -> None:
        if time.monotonic() + seconds > self.end:
            raise GiveUp(f"{seconds:.0f} s to wait is more than is left")
        time.sleep(seconds)

    # What is kept for the next life.

    def load(self) -> dict[str, Any]:
        path = Path(os.environ.get("UNDERSTUDY_STATE_FILE", os.devnull))
        known: dict[str, Any] = json.loads((path.exists() and path.read_text()) or "{}")
        return known

    def save(self, ids: list[str] | None = None) -> None:
        if path := os.environ.get("UNDERSTUDY_STATE_FILE"):
            fresh = Path(f"{path}.new")
            fresh.write_text(json.dumps({"before": self.before, "ids": ids}))
            fresh.replace(path)


def ordering(client: type[OxenPolling]) -> Callable[[Any], dict[str, Any]]:
    """The callable that is graded, of a client."""

    def order(intent: Any) -> dict[str, Any]:
        return client(intent).run()

    order.capabilities = client.CAPABILITIES  # type: ignore[attr-defined]
    return order


order = ordering(OxenPolling)
