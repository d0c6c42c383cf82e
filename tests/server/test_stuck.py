"""Streams on real connections: who does not read delays nobody, and nothing is left of them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack

import pytest

from emulator.core.clock import SECOND
from emulator.core.commands import Tick
from emulator.server import streams
from emulator.server.streams import PATIENCE, Hub
from tests.server.caller import FLUX, KLING, Caller
from tests.server.raw import Line, until

IDLE = b": keep-alive\n\n"
SMALL = 4096
"""Bytes of a stuck reader's buffer."""

QUICK = [{"queued": 0, "running": 1}]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many frames a subscriber may fall behind: fewer than usual."""
    monkeypatch.setattr(streams, "RING", 30)
    return 30


def listen(caller: Caller, line: Line, *headers: str) -> None:
    line.say("GET", "/api/events", f"Authorization: Bearer {caller.key}", *headers)
    assert line.head().startswith(b"HTTP/1.1 200 ")


def dropped(caller: Caller) -> int:
    """How many readers were cut off."""
    return caller.live.meters.dropped.total()


def hub_of(caller: Caller) -> Hub:
    (hub,) = caller.live.hubs.values()
    return hub


def fill(caller: Caller, readers: Iterable[Line]) -> int:
    """Let time pass until somebody's connection takes no more, and these have read all there is;
    how often it passed."""
    leaps = 0
    while not hub_of(caller).busy:
        caller.advance("500w")
        leaps += 1
        for one in readers:
            assert one.chunk() == PATIENCE * IDLE
    return leaps


def event(caller: Caller) -> bytes:
    """A job that comes to its end; its id."""
    id = caller.enqueue(KLING)
    caller.advance(1)
    return id.encode()


def told(chunk: bytes) -> list[bytes]:
    """The generations that are told of, in order."""
    return re.findall(rb'"generation_id":"([^"]+)"', chunk)


def tasks(caller: Caller) -> int:
    """How many tasks the server has."""
    (server,) = caller.emulator._server.servers
    return len(asyncio.all_tasks(server.get_loop()))


@pytest.mark.parametrize("headers", [(), ("Connection: close",)], ids=["written", "followed"])
def test_a_stuck_reader_is_cut_off_and_the_others_get_all_at_once_and_in_order(
    world: Callable[..., Caller],
    ring: int,
    caplog: pytest.LogCaptureFixture,
    headers: tuple[str, ...],
) -> None:
    caller = world(plans=QUICK, balance="1000")
    hub, before = hub_of(caller), tasks(caller)
    cut = dropped(caller)
    with ExitStack() as lines:
        stuck = lines.enter_context(Line(caller.emulator.port, buffer=SMALL))
        readers = [lines.enter_context(Line(caller.emulator.port)) for _ in range(3)]
        for one in readers:
            listen(caller, one)
        listen(caller, stuck, *headers)
        name, port = stuck.socket.getsockname()
        fill(caller, readers)
        for _ in range(ring + 1):
            assert (len(hub.subscribers), dropped(caller) - cut) == (4, 0)
            id = event(caller)
            assert [told(one.chunk()) for one in readers] == [[id]] * 3
        until(lambda: len(hub.subscribers) == 3, "the stuck one is forgotten")
        assert (dropped(caller) - cut, hub.busy) == (1, False)
        with pytest.raises((ConnectionResetError, EOFError)):
            stuck.chunks()
        (end,) = (one for one in caller.control("exchanges")["exchanges"] if one["frames"])
        assert end["frames"] == [0, 0]
        id = event(caller)
        assert [told(one.chunk()) for one in readers] == [[id]] * 3
    (warned,) = (one for one in caplog.records if one.levelno == logging.WARNING)
    assert warned.getMessage() == (
        f"a reader of {caller.live.name}, at {name}:{port}, fell a ring behind and was cut off:"
        f" it had not taken {ring + 1} frames"
    )
    until(lambda: not hub.subscribers, "all are forgotten")
    until(lambda: tasks(caller) == before, "no task is left")


def test_a_reader_is_cut_off_though_there_is_no_other(
    world: Callable[..., Caller], ring: int
) -> None:
    caller = world(plans=QUICK, balance="1000")
    hub = hub_of(caller)
    cut = dropped(caller)
    with Line(caller.emulator.port, buffer=SMALL) as stuck:
        listen(caller, stuck)
        fill(caller, ())
        for _ in range(ring + 1):
            assert len(hub.subscribers) == 1
            event(caller)
        until(lambda: not hub.subscribers, "it is cut off")
    assert (dropped(caller) - cut, hub.busy) == (1, False)


def test_one_that_hangs_up_while_it_is_stuck_is_forgotten(world: Callable[..., Caller]) -> None:
    caller = world(plans=QUICK)
    hub = hub_of(caller)
    cut = dropped(caller)
    with Line(caller.emulator.port, buffer=SMALL) as stuck:
        listen(caller, stuck)
        fill(caller, ())
        assert list(hub.subscribers)
    until(lambda: not hub.subscribers, "the hub forgets it")
    assert (hub.busy, dropped(caller) - cut) == (False, 0)


def test_a_reader_that_is_slow_but_within_the_ring_loses_nothing(
    world: Callable[..., Caller], ring: int
) -> None:
    caller = world(plans=QUICK, balance="1000")
    hub = hub_of(caller)
    cut = dropped(caller)
    with Line(caller.emulator.port, buffer=SMALL) as slow:
        listen(caller, slow)
        leaps = fill(caller, ())
        ids = [event(caller) for _ in range(ring)]
        assert hub.busy
        heard, quiet = [], 0
        while len(heard) < ring:
            chunk = slow.chunk()
            quiet += chunk.count(IDLE)
            heard += told(chunk)
        assert (heard, quiet) == (ids, leaps * PATIENCE)
        until(lambda: not hub.busy, "it has caught up")
        heard = [event(caller)]
        assert told(slow.chunk()) == heard
    assert dropped(caller) - cut == 0


def test_a_stuck_reader_holds_up_no_end_of_its_world(world: Callable[..., Caller]) -> None:
    caller = world(plans=QUICK)
    hub = hub_of(caller)
    with Line(caller.emulator.port, buffer=SMALL) as stuck:
        listen(caller, stuck)
        leaps = fill(caller, ())
        caller.drop()
        assert b"".join(stuck.chunks()) == leaps * PATIENCE * IDLE
    assert not hub.subscribers


def test_an_idle_stream_has_no_task(caller: Caller) -> None:
    before = tasks(caller)
    with ExitStack() as lines:
        for _ in range(50):
            listen(caller, lines.enter_context(Line(caller.emulator.port)))
        assert len(hub_of(caller).subscribers) == 50
        until(lambda: tasks(caller) <= before, "no task is left")


def test_a_call_behind_an_open_stream_is_answered_when_that_has_ended(caller: Caller) -> None:
    with Line(caller.emulator.port) as line, Line(caller.emulator.port) as other:
        listen(caller, other)
        listen(caller, line)
        line.say("GET", "/api/ai/queue", f"Authorization: Bearer {caller.key}")
        caller.advance(15)
        assert (line.chunk(), other.chunk()) == (IDLE, IDLE)
        caller.drop()
        assert (line.chunks(), other.chunks()) == ([], [])
        assert line.whole()[1].startswith(b'{"')
        other.say("GET", "/api/ai/queue", f"Authorization: Bearer {caller.key}")
        assert other.whole()[1].startswith(b'{"')


def test_all_streams_end_with_all_that_was_told(world: Callable[..., Caller]) -> None:
    caller = world(plans=QUICK)
    with ExitStack() as lines:
        readers = [lines.enter_context(Line(caller.emulator.port)) for _ in range(20)]
        for one in readers:
            listen(caller, one)
        ids = [caller.enqueue(FLUX).encode() for _ in range(5)]
        (server,) = caller.emulator._server.servers
        live = caller.live

        def end() -> None:
            live.take(live.present() + SECOND, Tick())
            live.close()

        server.get_loop().call_soon_threadsafe(end)
        assert [told(b"".join(one.chunks())) for one in readers] == [ids] * 20
