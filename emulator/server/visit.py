"""One call to a provider, from its head to its answer's last byte.

A call is read, sequenced, applied and written, in that order; every refusal on the way becomes
the provider's own envelope here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import orjson

from emulator.core.clock import Instant
from emulator.core.commands import Command, Ended, Jobs, Query, Reply
from emulator.core.jobs import Job
from emulator.core.refusals import Reason, Refused
from emulator.faults.deed import Response
from emulator.providers.port import Answer, Call, File, Provider, Route, Stream, Terms, Wait
from emulator.server import streaming, struck, wire
from emulator.server.faults import Strike
from emulator.server.files import Files, part, send_part
from emulator.server.injector import Injector
from emulator.server.live import Live
from emulator.server.naps import Woken
from emulator.server.protocol import Wire
from emulator.server.reception import Reception
from emulator.server.recorder import UNANSWERED, Heard, Kept, Said
from emulator.server.routing import Tree
from emulator.server.stage import Stage
from emulator.server.wire import Receive, Scope, Send

LARGE = 64 * 1024
"""Bytes from which on a body is read off the event loop, as is any that holds an image."""

log = logging.getLogger("understudy")


class House(Protocol):
    """What a visit finds in the server."""

    stage: Stage
    files: Files
    injector: Injector | None


class Visit:
    """One call to one provider, while it is being answered.

    `fault`, `family`, `idle` and `state` are what the record says of it beside the bytes: the fault
    that took the call, why it did nothing to it if so, and where the job stood that it was about.
    `moved` says that a fault has changed the world or what is told of it, `nth` which call of its
    operation it is.
    """

    __slots__ = (
        "asked",
        "began",
        "body",
        "family",
        "fault",
        "house",
        "idle",
        "key",
        "live",
        "method",
        "moved",
        "nth",
        "operation",
        "provider",
        "receive",
        "reception",
        "scope",
        "send",
        "state",
        "tree",
    )

    def __init__(
        self,
        house: House,
        provider: Provider,
        tree: Tree,
        scope: Scope,
        asked: Mapping[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        self.house = house
        self.provider = provider
        self.tree = tree
        self.scope = scope
        self.asked = asked
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.reception = Reception(house.stage, provider.name, scope, asked)
        self.key = self.reception.key
        self.live: Live | None = None
        self.operation = ""
        self.body = b""
        self.began: Instant | None = None
        self.fault = self.family = self.state = self.idle = ""
        self.moved = False
        self.nth = 0

    async def answer(self) -> None:
        """Answer the call; a refusal wears the provider's envelope, and so does a bug of ours."""
        try:
            route, params = self.tree.route(self.method, self.scope["path"])
            self.operation = route.operation
            self.live = live = self.reception.world(route, params)
            live.stir(+1)
            try:
                await self._answer(route, params, live)
            finally:
                live.stir(-1)
        except Refused as no:
            await self._refuse(no)
        except wire.Gone:
            raise
        except Exception:
            log.exception("%s %s broke the emulator", self.method, self.scope["path"])
            await self._refuse(Refused(Reason.BROKEN))

    async def _answer(self, route: Route | Stream, params: dict[str, str], live: Live) -> None:
        terms = live.terms[self.provider.name]
        try:
            self.body = await wire.body(self.receive, self.house.stage.limits.body)
        except wire.Gone:
            self.record(live, Said(live.present(), UNANSWERED, [], b""))
            raise
        self.began = began = live.present()
        call = self.reception.call(params, began, self.body)
        asks = await self.read(route, call, terms)
        injector = self.house.injector
        self.nth = live.faults.call(self.provider.name, route.operation)
        if injector is not None and live is not self.house.stage.lobby:
            asks = injector.planned(asks, call, self.scope)
            hit = injector.take(live, self.provider, route, call, asks, self.scope)
            if hit is not None:
                await struck.befall(self, hit, route, asks, call, live)
                return
        if isinstance(route, Stream):
            if isinstance(asks, Refused):
                raise asks
            await streaming.follow(self, route, call, live)
            return
        reply = await self.reply(route, asks, call, live)
        await self.write(route.write(reply, call, terms), live)

    async def read(
        self, route: Route | Stream, call: Call, terms: Terms
    ) -> Command | Query | Refused:
        """What the call asks for; a refusal is returned, so that what counts calls counts it."""
        try:
            self.provider.guard(call, route.operation, terms)
            if len(self.body) > LARGE or b";base64," in self.body.lower():
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(None, partial(route.read, call, terms))
            return route.read(call, terms)
        except Refused as no:
            return no

    async def reply(
        self, route: Route, asks: Command | Query | Refused, call: Call, live: Live
    ) -> Reply:
        """What the world says to it, once a wait is over. Refused where it says no."""
        if isinstance(asks, Refused):
            raise asks
        reply = live.ask(asks) if isinstance(asks, Query) else live.do(asks)
        if route.wait is not None and isinstance(reply, Jobs):
            wait = route.wait(reply, call, live.terms[self.provider.name])
            if wait is not None:
                reply = await self._over(wait, live)
        self.state = stands(reply)
        return reply

    async def _over(self, wait: Wait, live: Live) -> Jobs:
        """The job when its wait is over; Gone if the client hangs up first. The job goes on."""
        waiter = live.join(wait)
        gone = self.watch()
        gone.add_done_callback(lambda _: live.waits.leave(waiter))
        try:
            reply = await live.waits.reply(waiter)
        finally:
            gone.cancel()
        if reply is None:
            self.record(live, Said(live.instant, UNANSWERED, [], b""))
            raise wire.Gone
        return reply

    async def write(self, answer: Answer, live: Live) -> None:
        """Send an answer, and record it."""
        if isinstance(answer.body, File):
            await self._file(answer.body, live)
            return
        now, response = await self.response(answer, live)
        head = list(response.head)
        self.record(live, Said(now, response.status, head, response.content))
        await wire.answer(self.send, response.status, head, response.content)

    async def response(self, answer: Answer, live: Live) -> tuple[Instant, Response]:
        """An answer as it goes out, and when."""
        now = max(self.began or 0, live.world.now)
        date = wire.date(live.terms[self.provider.name].see(now))
        if isinstance(answer.body, File):
            rendered = await self.house.files.render(answer.body)
            shown = part(rendered, self.asked)
            data = rendered.data[shown.first : shown.end]
            return now, Response(shown.status, (*shown.head, date), data)
        try:
            content = orjson.dumps(answer.body, option=orjson.OPT_PASSTHROUGH_DATACLASS)
        except TypeError:
            content = orjson.dumps(await self.house.files.fill(answer.body))
        length = (b"content-length", b"%d" % len(content))
        head = (wire.JSON, length, date, *wire.encoded(answer.headers))
        return now, Response(answer.status, head, content)

    async def _file(self, file: File, live: Live) -> None:
        now = max(self.began or 0, live.world.now)
        rendered = await self.house.files.render(file)
        shown = part(rendered, self.asked)
        head = [*shown.head, wire.date(live.terms[self.provider.name].see(now))]
        kept = Kept(rendered.etag.strip('"'), shown.end - shown.first)
        self.record(live, Said(now, shown.status, head, kept))
        bare = self.method == "HEAD"
        await send_part(self.send, shown, head, rendered.data, bare=bare)

    @property
    def wire(self) -> Wire:
        """The connection that the call came over."""
        found: Wire = self.scope["state"]["wire"]
        return found

    async def nap(self, live: Live, until: Instant | None) -> Woken:
        """Sleep until an instant of the world's clock, or until the client hangs up."""
        nap = live.nap(until)
        gone = self.watch()
        gone.add_done_callback(lambda _: live.naps.wake(nap, Woken.GONE))
        try:
            return await live.naps.over(nap)
        finally:
            gone.cancel()

    async def pause(self, live: Live, until: Instant) -> None:
        """The same for a call that is answered afterwards: Gone or Refused if it cannot be."""
        match await self.nap(live, until):
            case Woken.GONE:
                self.record(live, Said(live.instant, UNANSWERED, [], b""))
                raise wire.Gone
            case Woken.CLOSED:
                raise Refused(Reason.UNAVAILABLE, "the world has been dropped")
            case Woken.TIME:
                pass

    def watch(self) -> asyncio.Future[None]:
        """Is done when the client hangs up."""
        return asyncio.ensure_future(self._gone())

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

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

    async def _refuse(self, no: Refused) -> None:
        answer = self.refusal(no)
        content = orjson.dumps(answer.body)
        place = self.live or self.house.stage.lobby
        now = place.instant
        head = [
            wire.JSON,
            (b"content-length", b"%d" % len(content)),
            wire.date(place.terms[self.provider.name].see(now)),
            *wire.encoded(answer.headers),
        ]
        self.record(self.live, Said(now, answer.status, head, content))
        bare = b"" if self.method == "HEAD" else content
        await wire.answer(self.send, answer.status, head, bare)

    def record(self, live: Live | None, said: Said) -> None:
        """Keep the exchange: in its world, or in the server's journal if it reached none."""
        stage = self.house.stage
        world = None if live is stage.lobby else live
        recorder = world.recorder if world else stage.journal
        name = self.provider.name
        heard = Heard(
            self.scope,
            name,
            self.operation,
            self.key,
            self.began,
            self.body,
            self.fault,
            self.family,
            self.state,
        )
        target = recorder.note(heard, said)
        place = world.name if world else "-"
        log.debug("%s %s %s %s %d", place, name, self.method, target, said.status)
        if live is not None and self.fault:
            called = (self.provider.name, self.operation)
            live.faults.note(self.fault, Strike(recorder.count, self.idle, called, self.nth))


def stands(reply: Reply) -> str:
    """Where the job stands that a reply is about; nothing if it is not about one."""
    job: Job | None = None
    if isinstance(reply, Ended):
        job = reply.job
    elif isinstance(reply, Jobs) and len(reply.jobs) == 1:
        job = reply.jobs[0]
    return job.status(reply.now).value if job is not None else ""
