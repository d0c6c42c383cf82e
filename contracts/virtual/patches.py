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
import socket
import sys
import threading
import time
import uuid
from typing import Any

from contracts.virtual import waits
from contracts.virtual.clock import Loop, Unfit
from contracts.virtual.guest import Guest
from contracts.virtual.network import Network
from contracts.virtual.sockets import Stream
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
ADDRESSES = socket.getaddrinfo
SOCKET = socket.socket
URANDOM = os.urandom
START = threading.Thread.start
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

    def enter(self, loop: Loop, network: Network) -> None:
        """A trial begins; chance falls the same way in each."""
        self.loop, self.network = loop, network
        self.looks = self._turns = 0
        self.chance = random.Random(0)
        random.seed(0)
        vars(uuid)["_last_timestamp"] = None

    def leave(self) -> None:
        """The trial is over; what is left of it is no longer heard."""
        self.loop = self.network = None

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
    for name, function in _functions(here).items():
        _everywhere(REAL[name], function)
    _everywhere(SOCKET, _socket(here))
    _everywhere(ADDRESSES, _addresses(here))
    _everywhere(URANDOM, _urandom(here))
    threading.Thread.start = _start(here)  # type: ignore[method-assign]
    waits.install(here.waiting)
    _everywhere(waits.SELECT, waits.selected(here.waiting))
    _everywhere(waits.POLL, waits.polled(here.waiting))
    _chances(here)
    _dates(here)
    asyncio.set_event_loop_policy(_policy(here))


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


def _socket(here: Here) -> Any:
    class Meta(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, SOCKET)

        def __call__(cls, *given: Any, **named: Any) -> Any:
            told = {
                **dict(zip(("family", "type", "proto", "fileno"), given, strict=False)),
                **named,
            }
            if here.network is None or not _of_the_network(**told):
                return SOCKET(*given, **named)
            return Stream(here.network)

    return Meta("socket", (SOCKET,), {"__module__": "socket"})


def _of_the_network(
    family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
) -> bool:
    """Whether a new socket is one for TCP, and not made of a descriptor that is there already."""
    tcp = type == -1 or type & 0xF == socket.SOCK_STREAM
    return fileno is None and tcp and family in (-1, socket.AF_INET, socket.AF_INET6)


def _addresses(here: Here) -> Any:
    def getaddrinfo(host: Any, port: Any, *given: Any, **named: Any) -> Any:
        if here.network is None:
            return ADDRESSES(host, port, *given, **named)
        name = host.decode() if isinstance(host, bytes) else str(host or "127.0.0.1")
        family, kind = socket.AF_INET, socket.SOCK_STREAM
        return [(family, kind, socket.IPPROTO_TCP, "", (name, int(port or 0)))]

    return getaddrinfo


def _urandom(here: Here) -> Any:
    def urandom(size: int, /) -> bytes:
        return URANDOM(size) if here.loop is None else here.chance.randbytes(size)

    return urandom


def _chances(here: Here) -> None:
    """Generators of random numbers that are given no seed, and the first kind of UUIDs."""

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and here.loop is not None:
            a = here.chance.getrandbits(128)
        SEED(self, a, version)

    def getnode() -> int:
        return NODE() if here.loop is None else 0x02_00_00_00_00_01

    random.Random.seed = seed  # type: ignore[method-assign]
    _everywhere(RESEED, random._inst.seed)
    _everywhere(NODE, getnode)
    vars(uuid)["_generate_time_safe"] = None


def _start(here: Here) -> Any:
    def start(self: threading.Thread) -> None:
        if here.loop is not None:
            raise Unfit(f"it starts a thread of its own ({self.name})")
        START(self)

    return start


def _policy(here: Here) -> asyncio.AbstractEventLoopPolicy:
    class Policy(asyncio.DefaultEventLoopPolicy):
        """New event loops are of the trial's time."""

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            if here.network is None:
                return super().new_event_loop()
            return Guest(here.network, lambda: here.network)

    return Policy()


def _everywhere(real: Any, ours: Any) -> None:
    """Put ours wherever a module holds the real one."""
    for module in list(sys.modules.values()):
        space = getattr(module, "__dict__", None)
        if space is None or module.__name__.startswith("contracts.virtual"):
            continue
        for name, value in list(space.items()):
            if value is real:
                space[name] = ours


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
