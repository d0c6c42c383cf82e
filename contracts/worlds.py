"""Worlds of a running emulator, as a test holds them: made, wound, broken and looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

PATIENCE = 60
"""Seconds after which an emulator that does not answer is given up."""


class Unwilling(RuntimeError):
    """The emulator said no; the message says why."""


class Unknown(Unwilling):
    """There is no such world or fault."""


class Plane:
    """The control plane of an emulator, from anywhere. One call is one connection, so that any
    number of threads and event loops may use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What a page says; Unwilling if the emulator refuses."""
        __tracebackhide__ = True
        wire = HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            sent = None if body is None else json.dumps(body)
            wire.request(method, f"/_understudy{path}", sent)
            answer = wire.getresponse()
            text = answer.read().decode()
        finally:
            wire.close()
        said: Any = json.loads(text) if text.startswith(("{", "[")) else text
        if answer.status >= 400:
            raise (Unknown if answer.status == 404 else Unwilling)(said["error"]["message"])
        return said


class Trouble:
    """A fault that a test has armed."""

    def __init__(self, plane: Plane, path: str, id: str) -> None:
        self._plane = plane
        self._path = path
        self.id = id

    @property
    def page(self) -> dict[str, Any]:
        """All that is known of it: `state`, `why`, `seen`, `struck`, `exchanges` and more."""
        found: dict[str, Any] = self._plane.call("GET", f"{self._path}/{quote(self.id, safe='')}")
        return found

    @property
    def fired(self) -> bool:
        """Whether it has taken a call, and done something to it."""
        return bool(self.page["state"] == "fired")

    def disarm(self) -> None:
        """End it."""
        self._plane.call("DELETE", f"{self._path}/{quote(self.id, safe='')}")


class World:
    """One provider in a world of its own, for one test.

    `base_url` and `api_key` are what a client needs; the clock is on `auto`: it flows, and leaps
    ahead whenever somebody listens or blocks and nothing else is under way.
    """

    def __init__(self, plane: Plane, provider: str, api_key: str) -> None:
        self.provider = provider
        self.api_key = api_key
        self.base_url = plane.url
        self._plane = plane
        self._path = f"/worlds/{quote(api_key, safe='')}"

    def scenario(self, scenario: Mapping[str, Any] | str = {}, *, listener: bool = False) -> None:
        """Begin anew, in a world that this scenario explains: its fields as in a file, or the name
        or path of one. With a `listener` the world has a port, and a `base_url`, of its own, so
        that faults of connections can be armed. Unwilling if the scenario is wrong.
        """
        __tracebackhide__ = True
        given = {"clock": {"mode": "auto"}, **_fields(scenario)}
        body = {"key": self.api_key, "scenario": given, "listener": listener}
        made = self._plane.call("POST", "/worlds", body)
        self.base_url = made.get("url", self._plane.url)

    def advance(self, by: str | float) -> None:
        """Wind the clock: `5m`, `1h30m`, or seconds. It returns when every move that became due is
        settled, and what open streams are to be told of it is handed to their sockets."""
        __tracebackhide__ = True
        self._plane.call("POST", f"{self._path}/clock", {"advance": by})

    def fault(
        self,
        do: str | Mapping[str, Any],
        *,
        phase: str | None = None,
        times: int | None = None,
        until: str | float | None = None,
        ttl: str | float | None = None,
        **on: Any,
    ) -> Trouble:
        """Arm a fault: `fault("lose", operation="enqueue", nth=1)`, or with arguments
        `fault({"refuse": {"status": 503}}, operation="status", times=2)`.

        All that is not named here is its address: operation, job, id, states, match, nth, every,
        between, beyond, event. `understudy faults` lists what can be done. Unwilling if it is
        wrong.
        """
        __tracebackhide__ = True
        where = on if on.get("operation") == "connect" else {"provider": self.provider, **on}
        rest = {"phase": phase, "times": times, "until": until, "ttl": ttl}
        body = {"do": do, "on": where, **{k: v for k, v in rest.items() if v is not None}}
        path = f"{self._path}/faults"
        return Trouble(self._plane, path, self._plane.call("POST", path, body)["id"])

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs in order of submission: id, model, status, plan, money held and charged."""
        listed = self._plane.call("GET", f"{self._path}/jobs")["jobs"]
        return [job for job in listed if job["provider"] == self.provider]

    @property
    def ledger(self) -> dict[str, Any]:
        """The account in dollars (`available`, `held`, `captured`, …) and its `postings`."""
        page = self._plane.call("GET", f"{self._path}/ledger")
        own = [one for one in page["postings"] if one["provider"] == self.provider]
        return {**page["accounts"][self.provider], "postings": own}

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Every fault: armed, fired with which exchanges, or never reached and why."""
        listed: list[dict[str, Any]] = self._plane.call("GET", f"{self._path}/faults")["faults"]
        return listed

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """What chance has drawn so far, where the scenario leaves something to it."""
        drawn: list[dict[str, Any]] = self._plane.call("GET", f"{self._path}/faults")["drawn"]
        return drawn

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """The calls as they were on the wire, oldest first."""
        page: dict[str, Any] = self._plane.call("GET", f"{self._path}/exchanges")
        found: list[dict[str, Any]] = page["exchanges"]
        return found

    def told(self) -> str:
        """The last exchanges, for a person: one line each, and what the bodies said; then the
        faults that have not struck, and why."""
        exchanges = self.exchanges
        said = [_told(one) for one in exchanges[-LAST:]] or ["no call came"]
        if len(exchanges) > LAST:
            said.insert(0, f"… {len(exchanges) - LAST} calls before these")
        return "\n".join(said + [_account(one) for one in self.faults])

    def drop(self) -> None:
        """Forget the world; its streams end. One that is forgotten already stays so."""
        with suppress(Unknown):
            self._plane.call("DELETE", self._path)


UNANSWERED = 499
"""The status under which a call is recorded that got none."""

SHOWN, LAST = 300, 50
"""Characters of a body, and exchanges, that are shown to a person."""


def _told(one: Mapping[str, Any]) -> str:
    asked, said = one["request"], one["response"]
    fault = f"  fault {one['fault']}" if one["fault"] else ""
    state = f"  {one['state']}" if one["state"] else ""
    lines = [
        f"{one['number']:>4}  {one['began'][11:]}  {asked['method']} {asked['target']}"
        f" -> {'no answer' if said['status'] == UNANSWERED else said['status']}{state}{fault}"
    ]
    bodies = (("  > ", asked["body"]), ("  < ", said["body"]))
    return "\n".join(lines + [f"    {sign}{_short(body)}" for sign, body in bodies if body])


def _account(fault: Mapping[str, Any]) -> str:
    """What became of a fault, for a person."""
    why = [fault["why"], *fault["idle"].values()]
    told = "; ".join(dict.fromkeys(filter(None, why)))
    return f"fault {fault['id']} ({json.dumps(fault['do'])}) {fault['state']}" + (
        f": {told}" if told else ""
    )


def _short(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _fields(scenario: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(scenario, str):
        return scenario
    from emulator import BadScenario, load_scenario, written

    __tracebackhide__ = True
    try:
        return written(load_scenario(scenario))
    except BadScenario as error:
        raise Unwilling(str(error)) from None
