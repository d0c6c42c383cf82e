"""A call that a fault has taken: its way with one deed in it, up to what happens on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from emulator.core.commands import Command, Query, Submit
from emulator.core.faults import Phase
from emulator.core.refusals import Refused
from emulator.faults.deed import End, Idle, Late, Pause, Response, Scene, Step, Write
from emulator.providers.port import Answer, Call, Route, Stream
from emulator.server import patience, results, streaming, wire
from emulator.server.falsified import Falsified
from emulator.server.injector import Hit
from emulator.server.live import Live
from emulator.server.naps import Woken
from emulator.server.recorder import UNANSWERED
from emulator.server.wire import Headers

if TYPE_CHECKING:
    from emulator.server.visit import Visit


async def befall(
    visit: Visit,
    hit: Hit,
    route: Route | Stream,
    asks: Command | Query | Refused,
    call: Call,
    live: Live,
) -> None:
    """Answer a call as the fault wants it."""
    visit.fault, visit.family, visit.deed = hit.fault.id, hit.deed.family.value, hit.fault.do
    visit.state = hit.struck.state.value if hit.struck.state else ""
    before = hit.fault.phase is Phase.BEFORE
    scene = _scene(visit, hit, call, live)
    early = before or isinstance(route, Stream)
    if early and hit.deed.held():
        await patience.pause(visit, live, live.present() + hit.deed.held())
        call = replace(call, at=live.present())
    if early:
        answer = hit.deed.answer(None, scene)
        steps = hit.deed.script(None) if answer is None else None
        if answer is not None or steps is not None:
            await _end(visit, hit, live, answer, steps)
            return
    if isinstance(route, Stream):
        if isinstance(asks, Refused):
            raise asks
        await streaming.follow(visit, route, call, live, Falsified(visit, hit))
        return
    truth = answer = await _truth(visit, hit, route, asks, call, live)
    if not before:
        try:
            answer = hit.deed.answer(truth, scene) or truth
        except Idle as nothing:
            visit.idle = str(nothing)
        if hit.deed.held():
            await patience.pause(visit, live, live.present() + hit.deed.held())
    await _end(visit, hit, live, answer, None, truth)


def _scene(visit: Visit, hit: Hit, call: Call, live: Live) -> Scene:
    return Scene(
        provider=visit.provider,
        terms=live.terms[visit.provider.name],
        call=call,
        now=hit.struck.now,
        window=hit.struck.window,
    )


async def _truth(
    visit: Visit,
    hit: Hit,
    route: Route,
    asks: Command | Query | Refused,
    call: Call,
    live: Live,
) -> Answer:
    """The real answer, of a world that the deed may have changed first."""
    name = visit.provider.name
    first = hit.deed.first(live.world.books.account(name), name)
    if first is not None:
        await live.decide(first)
        visit.moved = True
    meant = hit.deed.submit(asks, hit.fault.on) if isinstance(asks, Submit) else asks
    visit.moved = visit.moved or meant != asks
    try:
        said = await visit.reply(route, meant, call, live)
        reply = hit.deed.reply(said)
        visit.moved = visit.moved or reply != said
        return route.write(reply, call, live.terms[name])
    except Refused as no:
        if not visit.moved:
            visit.idle = f"the call is refused anyway: {no}"
        return visit.refusal(no)


async def _end(
    visit: Visit,
    hit: Hit,
    live: Live,
    answer: Answer | None,
    steps: Iterable[Step] | None,
    truth: Answer | None = None,
) -> None:
    """Send an answer as the deed changes it, or do to the wire what the deed does to it. Where that
    is no other than the `truth`, the record says so."""
    now, response = live.world.now, None
    if answer is not None:
        now, made = await results.made(visit, answer, live)
        response = hit.deed.response(made)
        bare = replace(response, content=b"") if visit.method == "HEAD" else response
        steps = hit.deed.script(bare)
        if steps is not None or truth is None or not _same(response, truth, made, answer):
            visit.idle = ""
        elif not (visit.idle or hit.deed.held() or visit.moved):
            visit.idle = "it changed nothing"
    if steps is not None:
        await _perform(visit, live, response, steps)
        return
    assert response is not None
    head = list(response.head)
    visit.record(live, now, response.status, head, response.content)
    content = b"" if visit.method == "HEAD" else response.content
    await wire.answer(visit.send, response.status, head, content)


def _same(response: Response, truth: Answer, made: Response, answer: Answer | None) -> bool:
    """Whether what goes out is what would have gone out anyway."""
    return (
        answer == truth
        and (response.status, response.content) == (made.status, made.content)
        and set(response.head) == set(made.head)
    )


async def _perform(
    visit: Visit, live: Live, response: Response | None, steps: Iterable[Step]
) -> None:
    """Do to the wire what the steps say; then wait until the connection is gone."""
    at, sent = live.present(), bytearray()
    woken = Woken.TIME
    for step in steps:
        match step:
            case Write():
                visit.wire.write(step.data)
                sent += step.data
            case Pause():
                at += step.span
                await asyncio.sleep(0)
                woken = await patience.nap(visit, live, at)
            case End.HANG:
                woken = await patience.nap(visit, live, None)
            case End.RESET:
                await visit.wire.reset()
            case End.CLOSE:
                visit.wire.close()
            case End.FINISH | Late():
                raise AssertionError(f"{step} is for streams")
            case _:
                assert_never(step)
        if woken is not Woken.TIME:
            break
    if woken is Woken.CLOSED:
        visit.wire.close()
    visit.record(live, live.instant, *_said(response, bytes(sent)))
    if woken is not Woken.GONE:
        await patience.hangs_up(visit)


def _said(response: Response | None, sent: bytes) -> tuple[int, Headers, bytes]:
    """What is recorded of bytes that went out past the framing of a response: status, headers and
    body."""
    head, end, body = sent.partition(b"\r\n\r\n")
    if response is None or not end or not head.startswith(b"HTTP/"):
        return UNANSWERED, [], sent
    return response.status, list(response.head), body
