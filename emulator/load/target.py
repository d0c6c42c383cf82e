"""What is loaded: a provider at an address, and what can be asked of it before and afterwards.

If it is an Understudy its control plane tells the jobs and the ledger; of anything else only Oxen's
history is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from emulator.core.money import usd
from emulator.load.dialects import ENDS
from emulator.load.judge import Row
from emulator.load.web import Unreachable, call

PAGE = 1000
PLANE = "/_understudy"
TRIES = 5


class Closed(Exception):
    """The control plane does not let us in; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`url` is where the users go, `control` where the control plane is; it is empty where there is
    none."""

    provider: str
    url: str
    key: str
    control: str = ""
    token: str | None = None

    @property
    def world(self) -> str:
        """The path of the key's world on the control plane."""
        return f"{PLANE}/worlds/{quote(self.key, safe='')}"

    def touch(self) -> None:
        """Make the key's first call, which makes its world."""
        paths = {"oxen": "/api/ai/queue", "omixa": "/api/v1/models"}
        call(self.url, "GET", paths[self.provider], headers=self._bearer)

    def pace(self) -> tuple[str, float]:
        """How the world's clock moves: its mode, and world seconds in one of the machine's."""
        found = self._told(f"{self.world}/clock")
        return str(found["mode"]), float(found["speed"])

    def waiting(self) -> int:
        """How many jobs have not ended."""
        if self.control:
            return int(self._told(self.world)["waiting"])
        found = self._asked("/api/ai/queue")
        return int(found["count"]) if found else 0

    def rows(self) -> tuple[list[Row], int]:
        """The provider's jobs, and how many ended ones are forgotten already."""
        if not self.control:
            return self._history(), 0
        jobs = [
            job
            for job in self._told(f"{self.world}/jobs")["jobs"]
            if job["provider"] == self.provider
        ]
        most = max((job["number"] for job in jobs), default=0)
        rows = [
            Row(
                id=job["id"],
                over=job["ended"] is not None,
                charged=usd(job["charged"]),
                prompt=job.get("prompt"),
            )
            for job in jobs
        ]
        return rows, most - len(rows)

    def prompts(self) -> dict[str, str]:
        """The prompt of each job, as far as the provider's own history says it."""
        if self.provider != "oxen":
            return {}
        return {row.id: row.prompt for row in self._history() if row.prompt is not None}

    def captured(self) -> int:
        """Micro-dollars that the ledger has captured."""
        accounts = self._told(f"{self.world}/ledger")["accounts"]
        return usd(accounts[self.provider]["captured"])

    def _history(self) -> list[Row]:
        rows: dict[str, Row] = {}
        number, pages = 1, 1
        while number <= pages:
            found = self._asked(f"/api/ai/generations?page={number}&page_size={PAGE}")
            if not found:
                return []
            for one in found["generations"]:
                rows[one["generation_id"]] = _row(one)
            number, pages = number + 1, int(found["total_pages"])
        return list(rows.values())

    def _asked(self, path: str) -> Any:
        """A page of the provider's own API; None if it refuses each time."""
        for _ in range(TRIES):
            try:
                status, found = call(self.url, "GET", path, headers=self._bearer)
            except Unreachable:
                continue
            if status == 200 and isinstance(found, dict):
                return found
        return None

    def _told(self, path: str) -> Any:
        status, found = control(self.control, "GET", path, self.token)
        if status != 200:
            raise Closed(f"GET {path} answered {status}: {found}")
        return found

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def control(url: str, method: str, path: str, token: str | None, body: Any = None) -> Any:
    """A call to the control plane: its status and what it says."""
    return call(url, method, path, body, {"X-Understudy-Token": token} if token else None)


def understudy(url: str) -> bool:
    """Whether an Understudy is there. Raises Unreachable if nothing is."""
    status, said = call(url, "GET", f"{PLANE}/health")
    return status == 200 and isinstance(said, dict) and "providers" in said


def make(url: str, key: str, token: str | None, scenario: Mapping[str, Any], *, own: bool) -> str:
    """A new world for a key; the address that serves it, one of its `own` if it needs that."""
    body = {"key": key, "scenario": scenario, "listener": own}
    status, said = control(url, "POST", f"{PLANE}/worlds", token, body)
    if status != 201:
        raise Closed(f"no world can be made at {url}: {said}")
    return str(said.get("url", url))


def _row(one: Mapping[str, Any]) -> Row:
    return Row(
        id=one["generation_id"],
        over=one["status"] in ENDS,
        charged=usd(one.get("cost") or "0"),
        prompt=one.get("prompt"),
    )
