"""What a client's own code finds in place of time, sockets and names, in a process of its own.

The patches go in once, before the client is imported; between trials they do nothing.
"""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import gc
import os
import random
import sys
import time
import uuid
from asyncio import mixins
from collections.abc import Iterable, Iterator
from typing import Any

from contracts.virtual import locks, outside, refused, waits
from contracts.virtual.clock import Loop, Unfit
from contracts.virtual.guest import Guest
from contracts.virtual.network import Network
from emulator.core.clock import EPOCH, SECOND

REAL = {
    name: getattr(time, name)
    for name in (
        "sleep",
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "process_time_ns",
        "thread_time",
        "thread_time_ns",
        "clock_gettime",
        "clock_gettime_ns",
        "strftime",
        "gmtime",
        "localtime",
        "ctime",
    )
}
URANDOM = os.urandom
SEED = random.Random.seed
RESEED = random.seed
NODE = uuid.getnode

PATIENT = 2000
"""Looks at the clock without anything between them, after which each takes a little time."""


class Here:
    """The trial that this process is in the middle of, if any."""

    def __init__(self) -> None:
        self.loop: Loop | None = None
        self.network: Network | None = None
        self.looks = self._turns = 0
        self.chance = random.Random(0)
        self.unfit = ""
        self.stale = False

    def enter(self, loop: Loop, network: Network) -> None:
        """A trial begins; chance falls the same way in each."""
        self.loop, self.network = loop, network
        self.unfit, self.stale = "", False
        self.looks = self._turns = 0
        self.chance = random.Random(0)
        random.seed(0)
        vars(uuid)["_last_timestamp"] = None

    def leave(self) -> None:
        """The trial is over; what is left of it is no longer heard."""
        if self.network is not None:
            self.network.end(self._late)
        self.loop = self.network = None

    def _late(self) -> None:
        """What the client has kept from a trial before is used in this one."""
        self.stale = self.stale or self.loop is not None

    def refuse(self, what: str) -> None:
        """Unfit, if this is a trial: even a client that catches it has shown that it is."""
        if self.loop is not None:
            self.unfit = self.unfit or what
            raise Unfit(what)

    def look(self, loop: Loop) -> None:
        """Whoever looks at the clock again and again, and does nothing else, makes time pass."""
        self.looks = self.looks + 1 if loop.turns == self._turns else 0
        self._turns = loop.turns
        if self.looks > PATIENT:
            loop.clock.jump(loop.clock.micros + 100)

    def waiting(self) -> tuple[Loop, Network] | None:
        """The trial, for who waits in its own thread."""
        if self.loop is None or self.network is None or not self.loop.owned():
            return None
        return self.loop, self.network

    def now(self) -> float:
        """Unix seconds, on the trial's clock."""
        return REAL["time"]() if self.loop is None else (EPOCH + self.loop.clock.micros) / SECOND


def install(here: Here) -> None:
    """From now on time, sockets and event loops of this process are those of its trials."""
    _everywhere(_replaced(here))
    refused.install(here.refuse)
    waits.install(here.waiting)
    locks.install(here.waiting)
    _loops()
    _dates(here)
    asyncio.set_event_loop_policy(_policy(here))


def _replaced(here: Here) -> Iterator[refused.Pair]:
    for name, function in _functions(here).items():
        yield REAL[name], function
    yield outside.SOCKET, outside.sockets(lambda: here.network, here.refuse)
    yield from outside.names(lambda: here.network)
    yield from refused.refused(here.refuse)
    yield waits.SELECT, waits.selected(here.waiting)
    yield waits.POLL, waits.polled(here.waiting)
    yield waits.EPOLL, waits.epolled(here.waiting)
    yield locks.QUEUE, locks.queued(here.waiting)
    yield URANDOM, _urandom(here)
    yield from _chances(here)


def _functions(here: Here) -> dict[str, Any]:
    def sleep(seconds: float) -> None:
        loop = here.loop
        if loop is None:
            REAL["sleep"](seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            loop.until(lambda: False, loop.clock.micros + round(seconds * SECOND))

    def counted(real: Any, factor: int, base: int) -> Any:
        def read() -> Any:
            if here.loop is None:
                return real()
            here.look(here.loop)
            micros = base + here.loop.clock.micros
            return micros * factor if factor > 1 else micros / SECOND

        return read

    def broken_down(real: Any) -> Any:
        def read(seconds: float | None = None) -> Any:
            return real(here.now() if seconds is None else seconds)

        return read

    def of_a_kind(name: str) -> Any:
        def read(kind: int) -> Any:
            plain = "time" if kind == time.CLOCK_REALTIME else "monotonic"
            ours = told[plain + name.removeprefix("clock_gettime")]
            return REAL[name](kind) if here.loop is None else ours()

        return read

    def strftime(form: str, *when: Any) -> Any:
        return REAL["strftime"](form, *(when or (REAL["localtime"](here.now()),)))

    names = ("monotonic", "perf_counter", "process_time", "thread_time")
    plain = {"time": EPOCH, **dict.fromkeys(names, 0)}
    told = {
        **{name: counted(REAL[name], 1, base) for name, base in plain.items()},
        **{f"{name}_ns": counted(REAL[f"{name}_ns"], 1000, base) for name, base in plain.items()},
    }
    return {
        "sleep": sleep,
        "strftime": strftime,
        **told,
        **{name: of_a_kind(name) for name in ("clock_gettime", "clock_gettime_ns")},
        **{name: broken_down(REAL[name]) for name in ("gmtime", "localtime", "ctime")},
    }


def _urandom(here: Here) -> Any:
    def urandom(size: int, /) -> bytes:
        return URANDOM(size) if here.loop is None else here.chance.randbytes(size)

    return urandom


def _chances(here: Here) -> Iterator[refused.Pair]:
    """Generators of random numbers that are given no seed, and the first kind of UUIDs."""

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and here.loop is not None:
            a = here.chance.getrandbits(128)
        SEED(self, a, version)

    def getnode() -> int:
        return NODE() if here.loop is None else 0x02_00_00_00_00_01

    random.Random.seed = seed  # type: ignore[method-assign]
    vars(uuid)["_generate_time_safe"] = None
    yield RESEED, random._inst.seed
    yield NODE, getnode


def _policy(here: Here) -> asyncio.AbstractEventLoopPolicy:
    class Policy(asyncio.DefaultEventLoopPolicy):
        """New event loops are of the trial's time."""

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            if here.network is None:
                return super().new_event_loop()
            return Guest(here.network, lambda: here.network, here.refuse)

    return Policy()


def _loops() -> None:
    """Locks, queues and events of asyncio's tell their loop that they are used."""
    bound: Any = mixins._LoopBoundMixin
    real = bound._get_loop

    def get_loop(self: Any) -> Any:
        if isinstance(self._loop, Guest):
            self._loop.used()
        return real(self)

    bound._get_loop = get_loop


def _everywhere(pairs: Iterable[refused.Pair]) -> None:
    """Put ours wherever a module holds the real one."""
    instead = {id(real): (real, ours) for real, ours in pairs if real is not None}
    for module in list(sys.modules.values()):
        space = getattr(module, "__dict__", None)
        if space is None or module.__name__.startswith("contracts.virtual"):
            continue
        for name, value in list(space.items()):
            if id(value) in instead:
                space[name] = instead[id(value)][1]


def _dates(here: Here) -> None:
    """`now`, `utcnow` and `today` of datetime, and `today` of date."""

    def now(cls: Any, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        found: datetime.datetime = cls.fromtimestamp(here.now(), tz)
        return found

    def utcnow(cls: Any) -> datetime.datetime:
        return now(cls, datetime.UTC).replace(tzinfo=None)

    def today(cls: Any) -> Any:
        return cls.fromtimestamp(here.now())

    _write(datetime.datetime, now=now, utcnow=utcnow, today=today)
    _write(datetime.date, today=today)


def _write(cls: type, **methods: Any) -> None:
    """Write into the dictionary of a type that is made in C."""
    (space,) = gc.get_referents(cls.__dict__)
    for name, method in methods.items():
        space[name] = classmethod(method)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))
