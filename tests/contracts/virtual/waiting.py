"""Clients that wait by every means that takes a timeout; each says what came, and how long it
took."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from contracts.intents import End, Intent, Outcome

SECONDS = 20


def timed(wait: Callable[[Intent], Any]) -> Callable[[Intent], Outcome]:
    @functools.wraps(wait)
    def client(intent: Intent) -> Outcome:
        began = time.monotonic()
        try:
            said = repr(wait(intent))
        except Exception as error:
            said = type(error).__name__
        took = time.monotonic() - began
        return Outcome(outcome=End.GAVE_UP, error=f"{said} after {took:g} s")

    return client


def port_of(intent: Intent) -> int:
    return int(intent.base_url.rpartition(":")[2])


def held() -> threading.Lock:
    lock = threading.Lock()
    assert lock.acquire()
    return lock


@timed
def simple_queue(intent: Intent) -> Any:
    return queue.SimpleQueue[int]().get(timeout=SECONDS)


@timed
def plain_queue(intent: Intent) -> Any:
    return queue.Queue[int]().get(timeout=SECONDS)


@timed
def full_queue(intent: Intent) -> Any:
    full = queue.Queue[int](1)
    full.put(1)
    full.put(2, timeout=SECONDS)


@timed
def lock(intent: Intent) -> Any:
    return held().acquire(timeout=SECONDS)


@timed
def event(intent: Intent) -> Any:
    return threading.Event().wait(SECONDS)


@timed
def condition(intent: Intent) -> Any:
    some = threading.Condition()
    with some:
        return some.wait(SECONDS)


@timed
def semaphore(intent: Intent) -> Any:
    return threading.Semaphore(0).acquire(timeout=SECONDS)


@timed
def barrier(intent: Intent) -> Any:
    return threading.Barrier(2).wait(SECONDS)


@timed
def future(intent: Intent) -> Any:
    return concurrent.futures.Future[int]().result(SECONDS)


@timed
def selected_pair(intent: Intent) -> Any:
    one, other = socket.socketpair()
    with one, other:
        return select.select([one], [], [], SECONDS)


@timed
def polled_pipe(intent: Intent) -> Any:
    reads, writes = os.pipe()
    poll = select.poll()
    poll.register(reads, select.POLLIN)
    try:
        return poll.poll(SECONDS * 1000)
    finally:
        os.close(reads)
        os.close(writes)


@timed
def epolled(intent: Intent) -> Any:
    with select.epoll() as epoll:
        return epoll.poll(SECONDS)


@timed
def epolled_answer(intent: Intent) -> Any:
    """An answer that is there is told at once, and none is waited for."""
    address = ("127.0.0.1", port_of(intent))
    with socket.create_connection(address) as one, select.epoll() as epoll:
        epoll.register(one, select.EPOLLIN)
        one.sendall(b"GET /api/ai/queue/x HTTP/1.1\r\nHost: x\r\n\r\n")
        came = len(epoll.poll(SECONDS))
        one.recv(1 << 16)
        return came, epoll.poll(SECONDS)


@timed
def what_is_there(intent: Intent) -> Any:
    """Nothing of it waits."""
    simple, lock = queue.SimpleQueue[int](), threading.Lock()
    simple.put(7)
    with lock:
        tried = (lock.acquire(False), lock.acquire(blocking=False), lock.locked())
    reads, writes = os.pipe()
    os.write(writes, b"!")
    found = select.select([reads], [], [], SECONDS)[0] == [reads]
    os.close(reads)
    os.close(writes)
    return simple.get(timeout=1), tried, lock.acquire(timeout=5), lock.locked(), found


def a_call_at_the_end(intent: Intent) -> Any:
    """Four deadlines is all that a trial has."""
    time.sleep(4 * intent.deadline_s)
    return Outcome(outcome=End.GAVE_UP, error=requests.get(intent.base_url).text)


async def an_awaited_call_at_the_end(intent: Intent) -> Any:
    await asyncio.sleep(4 * intent.deadline_s)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(intent))
    writer.write(b"GET /api/ai/queue/x HTTP/1.1\r\nHost: x\r\n\r\n")
    return Outcome(outcome=End.GAVE_UP, error=(await reader.readline()).decode())


def a_glance_at_the_end(intent: Intent) -> Any:
    """It never waits."""
    time.sleep(4 * intent.deadline_s)
    with socket.create_connection(("127.0.0.1", port_of(intent))) as one:
        one.setblocking(False)
        one.sendall(b"GET /api/ai/queue/x HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(9):
            with contextlib.suppress(BlockingIOError):
                return Outcome(outcome=End.GAVE_UP, error=one.recv(99).decode())
    return "nothing"


def a_lock_for_ever(intent: Intent) -> Any:
    return held().acquire()


def a_simple_queue_for_ever(intent: Intent) -> Any:
    return queue.SimpleQueue[int]().get()


def a_pipe_for_ever(intent: Intent) -> Any:
    return select.select([os.pipe()[0]], [], [])
