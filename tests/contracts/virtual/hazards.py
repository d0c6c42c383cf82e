"""Clients that do what a grader must survive."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import random
import select
import selectors
import socket
import sys
import threading
import time
import urllib.request
import uuid
from typing import Any

from contracts.intents import End, Intent, Outcome


class Text(str):
    """A text of a client's own kind."""

    __slots__ = ()

    def __str__(self) -> str:
        return self


class Mute(Exception):
    """An error that cannot tell what it is."""

    def __str__(self) -> str:
        raise ValueError


def said(error: object) -> Outcome:
    return Outcome(outcome=End.GAVE_UP, error=str(error))


async def that_counts_descriptors(intent: Intent) -> Outcome:
    await asyncio.sleep(1)
    return said(len(os.listdir("/proc/self/fd")))


def that_has_a_pair(intent: Intent) -> Outcome:
    one, other = socket.socketpair()
    with one, other:
        one.send(b"a kite")
        copy = socket.fromfd(other.fileno(), other.family, other.type)
        with copy, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", 0))
            return said((copy.recv(10), datagrams.getsockname()[1] > 0))


def that_ends_its_process(intent: Intent) -> Outcome:
    if intent.body["prompt"] == "end":
        os._exit(0)
    return said("alive")


def that_tells_its_pid(intent: Intent) -> Outcome:
    return said(os.getpid())


def that_exits(intent: Intent) -> Outcome:
    sys.exit(3)


def that_interrupts(intent: Intent) -> Outcome:
    raise KeyboardInterrupt


def that_is_mute(intent: Intent) -> Outcome:
    raise Mute


def that_takes_all_memory(intent: Intent) -> Outcome:
    return said(len(bytearray(1300 << 20)))


def that_hashes(intent: Intent) -> Outcome:
    return said(hash("a kite"))


def that_has_its_own_texts(intent: Intent) -> Any:
    return {"outcome": Text("succeeded"), "urls": [Text("a")], "job": Text("b"), "error": Text("c")}


def that_has_no_urls(intent: Intent) -> Outcome:
    return Outcome(outcome=End.SUCCEEDED, urls=None)  # type: ignore[arg-type]


def that_has_odd_urls(intent: Intent) -> Outcome:
    return Outcome(outcome=End.SUCCEEDED, urls=(len,))  # type: ignore[arg-type]


def that_ends_oddly(intent: Intent) -> Outcome:
    return Outcome(outcome="done")  # type: ignore[arg-type]


def that_removes_its_folder(intent: Intent) -> Outcome:
    state = os.environ["UNDERSTUDY_STATE_FILE"]
    os.rmdir(os.path.dirname(state))
    os.environ.clear()
    return said("")


class Shy:
    """A client whose capabilities nobody can read."""

    @property
    def capabilities(self) -> Any:
        raise SystemExit

    def __call__(self, intent: Intent) -> Outcome:
        return said("")


shy = Shy()


LOOP = asyncio.new_event_loop()
KEPT: list[asyncio.AbstractEventLoop] = []
TURN = asyncio.Semaphore(1)


def that_waits_for_an_event(intent: Intent) -> Outcome:
    began = time.monotonic()
    set_already = threading.Event()
    set_already.set()
    heard = (set_already.wait(), threading.Event().wait(30))
    try:
        queue.Queue[int]().get(timeout=20)
    except queue.Empty:
        return said((heard, time.monotonic() - began))
    return said("it came")


def that_waits_for_a_thread(intent: Intent) -> Outcome:
    return said(threading.Event().wait())


def requested(intent: Intent) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", int(intent.base_url.rpartition(":")[2])))
    one.sendall(b"GET /api/ai/queue/x HTTP/1.1\r\nHost: x\r\n\r\n")
    return one


def that_selects(intent: Intent) -> Outcome:
    found = []
    with requested(intent) as one:
        found.append(select.select([one], [], [], 30)[0] == [one])
        one.recv(1 << 16)
        found.append(select.select([one], [], [], 3) == ([], [], []))
    with requested(intent) as one:
        poll = select.poll()
        poll.register(one, select.POLLIN)
        found.append(poll.poll(30_000) == [(one.fileno(), select.POLLIN)])
        one.recv(1 << 16)
        found.append(poll.poll(3_000) == [])
    with requested(intent) as one, selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ)
        found.append(len(selector.select(30)) == 1)
        one.recv(1 << 16)
        found.append(selector.select(3) == [])
    select.select([], [], [], 1)
    return said((found, round(time.monotonic(), 2)))


def that_made_its_loop_before(intent: Intent) -> Outcome:
    async def work() -> bytes:
        port = int(intent.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/ai/queue/x HTTP/1.1\r\nHost: x\r\n\r\n")
        line = await reader.readline()
        await asyncio.sleep(3)
        writer.close()
        return line

    if not KEPT:
        KEPT.append(asyncio.new_event_loop())
    lines = [loop.run_until_complete(work()) for loop in (LOOP, *KEPT)]
    return said((lines, round(time.monotonic(), 2)))


def that_throws_dice(intent: Intent) -> Outcome:
    clocks = (time.process_time(), time.thread_time_ns(), time.clock_gettime(time.CLOCK_REALTIME))
    times = (time.strftime("%H:%M:%S", time.gmtime()), time.strftime("%Y"), *clocks)
    random.seed()
    return said((random.Random().random(), random.random(), uuid.uuid1(), uuid.uuid4(), times))


async def that_takes_turns(intent: Intent) -> Outcome:
    async def one() -> None:
        async with TURN:
            await asyncio.sleep(1)

    await asyncio.gather(one(), one())
    return said(time.monotonic())


def listen(intent: Intent) -> str:
    """Read the stream until it tells of a video, as a thread of its own would."""
    headers = {"Authorization": f"Bearer {intent.api_key}"}
    request = urllib.request.Request(f"{intent.base_url}/api/events", headers=headers)
    with urllib.request.urlopen(request, timeout=120) as stream:
        return next(line.decode() for line in stream if line.startswith(b"data: "))


def submit(intent: Intent) -> None:
    headers = {"Authorization": f"Bearer {intent.api_key}", "Content-Type": "application/json"}
    data = json.dumps(dict(intent.body)).encode()
    url = f"{intent.base_url}/api/ai/queue"
    urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60).close()


async def that_listens_in_a_thread(intent: Intent) -> Outcome:
    heard, _ = await asyncio.gather(
        asyncio.to_thread(listen, intent), asyncio.to_thread(submit, intent)
    )
    return said(heard)


async def that_forgives_its_threads(intent: Intent) -> Outcome:
    """What goes wrong in one of them is kept for later."""
    heard, _ = await asyncio.gather(
        asyncio.to_thread(listen, intent),
        asyncio.to_thread(submit, intent),
        return_exceptions=True,
    )
    return said(heard)


async def that_submits_a_little_later(intent: Intent) -> Outcome:
    async def later() -> None:
        await asyncio.sleep(2)
        submit(intent)

    task = asyncio.create_task(later())
    await asyncio.sleep(1)
    heard = await asyncio.to_thread(listen, intent)
    await task
    return said(heard)


async def that_only_listens_in_a_thread(intent: Intent) -> Outcome:
    """One task awaits the other, and both wait for what never comes."""
    return said(await asyncio.create_task(asyncio.to_thread(listen, intent)))


async def that_takes_threads_in_turn(intent: Intent) -> Outcome:
    """Each of its calls goes on by itself."""
    await asyncio.gather(*(asyncio.to_thread(submit, intent) for _ in range(3)))
    return said("all")
