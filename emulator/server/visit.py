"""One call to a provider, from its head to its answer's last byte.

A call is read, sequenced, applied and written, in that order; every refusal on the way becomes
the provider's own envelope here. Most calls are answered in one go; where something has to be
waited for, the visit goes on from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

import orjson

from emulator.core.clock import Instant
from emulator.core.commands import Command, Ended, Jobs, Query, Reply
from emulator.core.jobs import Job
from emulator.core.refusals import Reason, Refused
from emulator.faults.deed import Response
from emulator.providers.port import Answer, Call, File, Provider, Route, Stream, Wait
from emulator.server import lines, patience, results, streaming, struck, wire
from emulator.server.faults import Strike
from emulator.server.files import Files
from emulator.server.injector import Injector
from emulator.server.live import Live
from emulator.server.protocol import Wire
from emulator.server.reception import called, world
from emulator.server.recorder import UNANSWERED, Kept, Noted
from emulator.server.routing import Front
from emulator.server.stage import Stage
from emulator.server.wire import Receive, Scope, Send

LARGE = 64 * 1024
"""Bytes from which on a body is read off the event loop, as is any that holds an image."""

log = logging.getLogger("understudy")

Pairs: TypeAlias = tuple[tuple[bytes, bytes], ...]

Rest: TypeAlias = Callable[[], Awaitable[Response | None]]
"""What is left to do for a call: it gives the answer, if it does not send it by itself."""


class House(Protocol):
    """What a visit finds in the server."""

    stage: Stage
    front: Front
    files: Files
    injector: Injector | None


class Visit:
    """One call to one provider, while it is being answered.

    `enter` finds out what is called, and `begin` answers it, unless that needs time: then `finish`
    does. `at_once` is both of the first for a call whose body is here, refusals included; `answer`
    is all of it, for ASGI.

    `fault`, `family`, `deed`, `idle` and `state` are what is remembered of it beside the bytes: the
    fault that took the call and what it does, why it did nothing to it if so, and where the job
    stood that it was about.
    `moved` says that a fault has changed the world or what is told of it, `nth` which call of its
    operation it is. `tap` is a stream that needs no task, where the connection is ours to write to.
    """

    receive: Receive
    send: Send
    route: Route | Stream
    params: dict[str, str]
    call: Call
    live: Live | None = None
    operation = ""
    body = b""
    began: Instant | None = None
    fault = family = deed = state = idle = ""
    moved = False
    nth = 0
    tap: streaming.Written | None = None
    _rest: Rest | None = None

    def __init__(
        self,
        house: House,
        provider: Provider,
        scope: Scope,
        asked: wire.Asked,
    ) -> None:
        self.house = house
        self.provider = provider
        self.scope = scope
        self.asked = asked
        self.method: str = scope["method"]
        self.key = asked.key

    def at_once(self, body: bytes) -> Response | None:
        """The answer to a call whose body is here; None where `finish` is to give it."""
        try:
            live = self.enter()
            response = self.begin(live, body)
            live.stir(0 if response is not None else +1)
        except Refused as no:
            return self.refused(no)
        except Exception:
            return self._broken()
        return response

    async def answer(self, receive: Receive, send: Send) -> None:
        """Answer a call of ASGI."""
        self.receive, self.send = receive, send
        try:
            live = self.enter()
        except Refused as no:
            await self._deliver(self.refused(no))
            return
        except Exception:
            await self._deliver(self._broken())
            return
        live.stir(+1)
        await self._through(live, self._heard)

    async def finish(self, receive: Receive, send: Send) -> None:
        """Go on with a call that could not be answered at once."""
        self.receive, self.send = receive, send
        assert self.live is not None
        await self._through(self.live, None)

    async def _through(self, live: Live, first: Rest | None) -> None:
        """Do all that is left to do, and send the answer."""
        response, rest = None, first or self._rest
        try:
            try:
                while response is None and rest is not None:
                    self._rest = None
                    response, rest = await rest(), self._rest
            except Refused as no:
                response = self.refused(no)
            except wire.Gone:
                raise
            except Exception:
                response = self._broken()
            if response is not None:
                await self._deliver(response)
        finally:
            live.stir(-1)

    async def _heard(self) -> Response | None:
        """Hear a call's body, and begin."""
        assert self.live is not None
        live = self.live
        try:
            body = await wire.body(self.receive, self.house.stage.limits.body)
        except wire.Gone:
            self.record(live, live.present(), UNANSWERED)
            raise
        return self.begin(live, body)

    async def _deliver(self, response: Response) -> None:
        content = b"" if self.method == "HEAD" else response.content
        await wire.answer(self.send, response.status, list(response.head), content)

    def enter(self) -> Live:
        """The world that the call is about. Refused if there is no such path, or no such world."""
        tree = self.house.front.trees[self.provider.name]
        self.route, self.params = tree.route(self.method, self.scope["path"])
        self.operation = self.route.operation
        self.live = live = world(self)
        return live

    def begin(self, live: Live, body: bytes) -> Response | None:
        """Answer the call, as far as nobody has to wait."""
        self.began = began = live.present()
        self.call = called(self, began, body)
        if body:
            self.body = body
            if len(body) > self.house.stage.limits.body:
                raise wire.too_large(self.house.stage.limits.body)
            if len(body) > LARGE or b";base64," in body.lower():
                self._rest = partial(self._apart, live)
                return None
        return self._asked(live, self.read(live), began)

    def read(self, live: Live) -> Command | Query | Refused:
        """What the call asks for; a refusal is returned, so that what counts calls counts it."""
        terms = live.terms[self.provider.name]
        try:
            self.provider.guard(self.call, self.operation, terms)
            return self.route.read(self.call, terms)
        except Refused as no:
            return no

    async def _apart(self, live: Live) -> Response | None:
        """Read a call off the event loop."""
        asks = await asyncio.get_running_loop().run_in_executor(None, self.read, live)
        return self._asked(live, asks, live.present())

    def _asked(self, live: Live, asks: Command | Query | Refused, now: Instant) -> Response | None:
        """Let a fault take the call, or answer it: every move up to `now` is settled."""
        house, route = self.house, self.route
        self.nth = live.faults.call(self.provider.name, route.operation)
        injector = None if live is house.stage.lobby else house.injector
        if injector is not None and not injector.idle(live, self.provider, route, asks, self.asked):
            self._rest = partial(self._met, injector, live, asks)
            return None
        return self._answered(live, asks, now)

    async def _met(
        self, injector: Injector, live: Live, asks: Command | Query | Refused
    ) -> Response | None:
        """Let a fault take the call, if one wants it."""
        route, call = self.route, self.call
        asks = injector.planned(asks, call, self.scope)
        hit = await injector.take(live, self.provider, route, call, asks, self.scope)
        if hit is None:
            return self._answered(live, asks, live.present())
        await struck.befall(self, hit, route, asks, call, live)
        return None

    def _answered(
        self, live: Live, asks: Command | Query | Refused, now: Instant
    ) -> Response | None:
        """Answer a call that no fault has taken."""
        route, call = self.route, self.call
        if isinstance(route, Stream):
            if isinstance(asks, Refused):
                raise asks
            self.tap = streaming.Written(self, route, call, live)
            self._rest = partial(streaming.follow, self, route, call, live)
            return None
        if isinstance(asks, Refused):
            raise asks
        if not isinstance(asks, Query):
            if live.log is not None:
                self._rest = partial(self._decided, asks, route, live)
                return None
            return self._replied(live.do(asks), route, live)
        return self._replied(live.world.ask(now, asks), route, live)

    async def _decided(self, asks: Command, route: Route, live: Live) -> Response | None:
        """What becomes of a command that the log has to have first."""
        return self._replied(await live.decide(asks), route, live)

    def _replied(self, reply: Reply, route: Route, live: Live) -> Response | None:
        if route.wait is not None and (wait := self._waits(route, reply, live)) is not None:
            self._rest = partial(self._waited, wait, live)
            return None
        return self._written(reply, live)

    def _waits(self, route: Route, reply: Reply, live: Live) -> Wait | None:
        if route.wait is None or not isinstance(reply, Jobs):
            return None
        return route.wait(reply, self.call, live.terms[self.provider.name])

    async def _waited(self, wait: Wait, live: Live) -> Response | None:
        return self._written(await patience.over(self, wait, live), live)

    async def reply(
        self, route: Route, asks: Command | Query | Refused, call: Call, live: Live
    ) -> Reply:
        """What the world says to a call, once a wait is over. Refused where it says no."""
        if isinstance(asks, Refused):
            raise asks
        reply = live.ask(asks) if isinstance(asks, Query) else await live.decide(asks)
        if (wait := self._waits(route, reply, live)) is not None:
            reply = await patience.over(self, wait, live)
        self.state = stands(reply)
        return reply

    def _written(self, reply: Reply, live: Live) -> Response | None:
        """The answer that tells the reply."""
        assert isinstance(self.route, Route)
        self.state = stands(reply)
        answer = self.route.write(reply, self.call, live.terms[self.provider.name])
        if isinstance(answer.body, File):
            self._rest = partial(results.send, self, answer.body, live)
            return None
        try:
            content = orjson.dumps(answer.body, option=orjson.OPT_PASSTHROUGH_DATACLASS)
        except TypeError:
            self._rest = partial(results.filled, self, answer, live)
            return None
        now = max(self.began or 0, live.world.now)
        response = self.framed(answer, content, now, live)
        self.record(live, now, response.status, response.head, content)
        return response

    def framed(self, answer: Answer, content: bytes, now: Instant, live: Live) -> Response:
        """An answer with this content, and the headers of every answer."""
        date = wire.date(live.terms[self.provider.name].see(now))
        head: Pairs = (wire.JSON, (b"content-length", b"%d" % len(content)), date)
        if answer.headers:
            head = (*head, *wire.encoded(answer.headers))
        return Response(answer.status, head, content)

    @property
    def wire(self) -> Wire:
        """The connection that the call came over."""
        found: Wire = self.scope["state"]["wire"]
        return found

    def refusal(self, no: Refused) -> Answer:
        """The provider's answer to a refused call."""
        live, name = self.live, self.provider.name
        assume: Mapping[str, Any] = (
            live.terms[name].assume if live else self.house.stage.assume[name]
        )
        answer = self.provider.refuse(no, assume)
        if no.reason is Reason.WRONG_METHOD:
            return Answer(answer.status, answer.body, (*answer.headers, ("Allow", no.detail)))
        return answer

    def refused(self, no: Refused) -> Response:
        """A refusal as it goes out: it wears the provider's envelope."""
        answer = self.refusal(no)
        content = orjson.dumps(answer.body)
        place = self.live or self.house.stage.lobby
        now = place.instant
        response = self.framed(answer, content, now, place)
        self.record(self.live, now, response.status, response.head, content)
        return response

    def _broken(self) -> Response:
        """What is answered to a call that met a bug of ours."""
        lines.broken(self.method, self.scope["path"], self.key)
        return self.refused(Refused(Reason.BROKEN))

    def record(
        self,
        live: Live | None,
        ended: Instant,
        status: int,
        head: Sequence[tuple[bytes, bytes]] = (),
        content: bytes | Kept = b"",
        frames: tuple[int, int] | None = None,
    ) -> None:
        """Keep the exchange: in its world, or in the server's journal if it reached none."""
        stage, scope = self.house.stage, self.scope
        world = None if live is stage.lobby else live
        recorder = world.recorder if world else stage.journal
        noted = Noted(
            self.method,
            scope["raw_path"],
            scope["query_string"],
            scope["headers"],
            ended,
            status,
            head,
            content,
            self.provider.name,
            self.operation,
            self.key,
            self.began,
            self.body,
            frames,
            self.fault,
            self.family,
            self.state,
        )
        recorder.note(noted)
        if log.isEnabledFor(logging.DEBUG):
            lines.call(world.name if world else "-", noted)
        if live is not None and self.fault:
            called_at, deed = (self.provider.name, self.operation), (self.family, self.deed)
            strike = Strike(recorder.count, self.idle, called_at, self.nth, deed)
            live.faults.note(self.fault, strike)


def stands(reply: Reply) -> str:
    """Where the job stands that a reply is about; nothing if it is not about one."""
    job: Job | None = None
    if isinstance(reply, Ended):
        job = reply.job
    elif isinstance(reply, Jobs) and len(reply.jobs) == 1:
        job = reply.jobs[0]
    return job.status(reply.now).value if job is not None else ""
