"""A desk that serves one key by hand: a call is read, applied and written, with no server.

It does what the server does between the socket and the world, with a clock that a test winds.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from emulator.core.clock import LATEST, SECOND, Instant
from emulator.core.commands import Command, Happening, Jobs, Moved, Query, Reply, Tick
from emulator.core.jobs import Job
from emulator.core.ledger import Account, Kind
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.world import World
from emulator.providers.port import Answer, Call, Provider, Route, Stream, Terms, Wait
from emulator.providers.registry import assume, models, providers
from emulator.server.routing import Front
from tests.media.pictures import image

ORIGIN = "https://desk.example"
FRONT = Front(providers().values())
SWIFT = PlanRule(queued=10 * SECOND, running=30 * SECOND)
"""A plan that waits ten seconds, runs for thirty and succeeds."""

STUCK = PlanRule(ending=Ending.STICK, queued=10 * SECOND)
FAILS = PlanRule(
    ending=Ending.FAIL, queued=10 * SECOND, running=30 * SECOND, error="The model broke down."
)
WITHDRAWN = PlanRule(ending=Ending.CANCEL, queued=10 * SECOND, running=30 * SECOND)

QUEUE = "/api/ai/queue"
VEO = {
    "model": "google-veo-3-1-lite",
    "prompt": "A slow pan over a foggy lake",
    "input_image": "https://example.com/lake.png",
}
"""A good submit to Oxen: eight seconds for $0.40."""

JOBS = "/api/v1/videos/jobs"
LITE = {"model": "veo-3.1-lite-generate-001", "prompt": "A slow pan over a foggy lake"}
"""A good create at Omixa: eight seconds for $0.40."""


class Desk:
    """One key's world and the terms of both providers. `clock` is the present; it is wound.

    Every keyword that is not named here is a field of the scenario; `plans` are swift unless told
    otherwise. `frames` are the events told since the desk opened.
    """

    def __init__(
        self,
        name: str = "desk",
        *,
        allowed: frozenset[str] | None = None,
        assume: Mapping[str, str] | None = None,
        **scenario: Any,
    ) -> None:
        told = {"plans": (SWIFT,), **scenario, "assumptions": dict(assume or {})}
        self.world = World(name, Scenario(**told))
        self.clock: Instant = self.world.now
        self.terms = {one.name: self._terms(one, allowed) for one in providers().values()}
        self.happened: list[Happening] = []

    def _terms(self, provider: Provider, allowed: frozenset[str] | None) -> Terms:
        scenario, name = self.world.scenario, self.world.name
        chosen = assume(provider, scenario.assumptions)
        return Terms(
            world=name,
            secret=blake2b(f"{scenario.seed}|{name}|links".encode(), digest_size=32).digest(),
            scenario=scenario,
            assume=chosen,
            models=models(provider, chosen),
            allowed=allowed,
            see=lambda at: at,
        )

    # Calls.

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """A POST; a body that is not bytes is sent as JSON."""
        return self.call("POST", path, body, **more)

    def get(self, target: str, **more: Any) -> Answer:
        """A GET of a path with its query, or of a whole link."""
        return self.call("GET", target, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """A DELETE."""
        return self.call("DELETE", path, **more)

    def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | None = "key",
    ) -> Answer:
        """The answer to a call, its body as the JSON that a client gets."""
        split = urlsplit(target)
        path = unquote(split.path)
        provider = FRONT.provider(path, split.netloc)
        assert provider is not None, target
        terms = self.terms[provider.name]
        self.present()
        try:
            route, params = matched(provider, method, path)
            call = Call(
                method=method,
                path=path,
                at=self.clock,
                origin=ORIGIN,
                key=key,
                params=params,
                query=dict(parse_qsl(split.query, keep_blank_values=True)),
                headers=headers or {},
                body=_body(body),
            )
            self._admit(route, call, terms)
            provider.guard(call, route.operation, terms)
            return _as_sent(self._carry(route, call, terms))
        except Refused as no:
            return _allowing(no, _as_sent(provider.refuse(no, terms.assume)))

    def _admit(self, route: Route | Stream, call: Call, terms: Terms) -> None:
        if isinstance(route, Route) and route.linked is not None:
            if route.linked(call) != self.world.name:
                raise Refused(Reason.BAD_LINK, "The link has no valid signature.")
        elif call.key is None:
            opened = isinstance(route, Route) and route.open is not None
            if not (opened and route.open(terms.assume)):
                raise Refused(Reason.NO_KEY)

    def _carry(self, route: Route | Stream, call: Call, terms: Terms) -> Answer:
        asks = route.read(call, terms)
        if isinstance(route, Stream):
            return Answer(200, route.opening(terms.assume))
        reply = self.world.ask(self.clock, asks) if isinstance(asks, Query) else self.do(asks)
        if route.wait is not None and isinstance(reply, Jobs):
            wait = route.wait(reply, call, terms)
            reply = reply if wait is None else self._over(wait)
        return route.write(reply, call, terms)

    def _over(self, wait: Wait) -> Jobs:
        """The job once the wait is over; the clock is wound to there."""
        ended = wait.job.ended(LATEST)
        answered = wait.until if ended is None else wait.answers(ended)
        assert answered is not None, "this call would wait for ever"
        self.until(answered)
        return Jobs(now=answered, jobs=(self.world.jobs[wait.job.id],))

    # Time.

    def do(self, command: Command) -> Reply:
        """A command at the present; Refused if the world says no."""
        self.present()
        outcome = self.world.apply(self.clock, command)
        self.happened += outcome.happenings
        if isinstance(outcome.reply, Refused):
            raise outcome.reply
        return outcome.reply

    def present(self) -> None:
        """Settle what is due, each move at its instant, as the server's timer does."""
        while (due := self.world.due) is not None and due <= self.clock:
            self.happened += self.world.apply(due, Tick()).happenings

    def until(self, at: Instant) -> Desk:
        """Wind the clock to an instant."""
        self.clock = max(self.clock, at)
        self.present()
        return self

    def after(self, seconds: float) -> Desk:
        """Wind the clock on."""
        return self.until(self.clock + round(seconds * SECOND))

    # What came of it.

    @property
    def jobs(self) -> list[Job]:
        """Every job that the world remembers, in the order of submission."""
        return list(self.world.jobs.values())

    @property
    def frames(self) -> list[bytes]:
        """Every event that Oxen's stream told."""
        oxen, terms = providers()["oxen"], self.terms["oxen"]
        (stream,) = (one for one in oxen.routes if isinstance(one, Stream))
        moves = (one for one in self.happened if isinstance(one, Moved))
        told = (stream.tell(moved, ORIGIN, terms) for moved in moves)
        return [frame for frame in told if frame is not None]

    def account(self, provider: str) -> Account:
        """What the key has with a provider."""
        return self.world.books.account(provider)

    def posted(self, kind: Kind) -> list[int]:
        """The amounts of every posting of a kind, in micro-dollars."""
        return [one.amount for one in self.world.books.postings if one.kind is kind]


def enqueued(desk: Desk, body: Mapping[str, Any] = VEO, **more: Any) -> list[str]:
    """The ids that Oxen's queue gives to a good submit."""
    answer = desk.post(QUEUE, {**body, **more})
    assert answer.status == 200, answer
    return [one["generation_id"] for one in answer.body["generations"]]


def row(desk: Desk, id: str) -> dict[str, Any]:
    """The row of one of Oxen's generations."""
    answer = desk.get(f"{QUEUE}/{id}")
    assert answer.status == 200, answer
    return answer.body


def created(desk: Desk, **more: Any) -> dict[str, Any]:
    """Omixa's object for a good create."""
    answer = desk.post(JOBS, {**LITE, **more})
    assert answer.status == 200, answer
    return answer.body


def polled(desk: Desk, operation: str) -> dict[str, Any]:
    """Omixa's object for an operation."""
    answer = desk.post(f"{JOBS}/status", {"operation": operation})
    assert answer.status == 200, answer
    return answer.body


def inline(data: bytes, mime: str = "image/png") -> str:
    """A data URL."""
    return f"data:{mime};base64,{b64encode(data).decode()}"


PHOTO = inline(image(64, 36))
"""A small picture that decodes, as a data URL."""


def part(url: str, kind: str = "image_url") -> dict[str, Any]:
    """An inline object, in the form of a chat's content part."""
    return {"type": kind, kind: {"url": url}}


def matched(provider: Provider, method: str, path: str) -> tuple[Route | Stream, dict[str, str]]:
    """The route of a path and the parameters in it; Refused as the server refuses."""
    found = FRONT.trees[provider.name].find(path)
    if found is None:
        raise Refused(Reason.NO_PATH, path)
    methods, params = found
    if method not in methods:
        raise Refused(Reason.WRONG_METHOD, ", ".join(sorted(methods)))
    return methods[method], params


def _allowing(no: Refused, answer: Answer) -> Answer:
    """A refusal with the methods that are allowed, where the method was wrong."""
    if no.reason is not Reason.WRONG_METHOD:
        return answer
    return Answer(answer.status, answer.body, (*answer.headers, ("Allow", no.detail)))


def _body(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body).encode()


def _as_sent(answer: Answer) -> Answer:
    """The answer with its body as JSON brings it; files and inline results stay as they are."""
    try:
        sent = orjson.dumps(answer.body, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        return answer
    return Answer(answer.status, orjson.loads(sent), answer.headers)
