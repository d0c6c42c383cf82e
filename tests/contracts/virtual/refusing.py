"""Clients that do what cannot be had in virtual time."""

from __future__ import annotations

import _thread
import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from typing import Any

from contracts.intents import End, Intent, Outcome

DATAGRAMS = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
"""What was made before the trial is refused in it as well."""


def of_the_file_system(intent: Intent) -> Any:
    socket.socket(socket.AF_UNIX).connect("/no/such/socket")


def datagrams(intent: Intent) -> Any:
    DATAGRAMS.sendto(b"a kite", ("127.0.0.1", 9))


def connected_datagrams(intent: Intent) -> Any:
    DATAGRAMS.connect(("127.0.0.1", 9))
    DATAGRAMS.send(b"a kite")


async def awaited_datagrams(intent: Intent) -> Any:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", 9))


async def awaited_file_system(intent: Intent) -> Any:
    await asyncio.open_unix_connection("/no/such/socket")


def listens(intent: Intent) -> Any:
    socket.create_server(("127.0.0.1", 0))


async def serves(intent: Intent) -> Any:
    await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)


def forks(intent: Intent) -> Any:
    if os.fork() == 0:
        os._exit(0)


def runs(intent: Intent) -> Any:
    subprocess.run(["true"], check=True)


def calls_the_shell(intent: Intent) -> Any:
    os.system("true")


def spawns(intent: Intent) -> Any:
    os.posix_spawn(sys.executable, [sys.executable, "-V"], {})


async def awaits_a_program(intent: Intent) -> Any:
    await asyncio.create_subprocess_exec("true")


def has_a_process(intent: Intent) -> Any:
    multiprocessing.Process(target=print, name="helper").start()


def has_a_pool(intent: Intent) -> Any:
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(abs, -1).result()


def has_a_raw_thread(intent: Intent) -> Any:
    _thread.start_new_thread(abs, (-1,))


def sets_an_alarm(intent: Intent) -> Any:
    signal.alarm(1)


def sets_a_timer(intent: Intent) -> Any:
    signal.setitimer(signal.ITIMER_REAL, 1)


def waits_for_a_signal(intent: Intent) -> Any:
    signal.sigtimedwait([signal.SIGUSR1], 20)


def that_will_not_hear_of_it(intent: Intent) -> Any:
    try:
        os.system("true")
    except BaseException:
        return Outcome(outcome=End.GAVE_UP, error="it went wrong")


def looks_names_up(intent: Intent) -> Outcome:
    """Nobody is asked, and what is cancelled was not refused either."""
    host = "hub.oxen.ai"
    told = (
        socket.getaddrinfo(host, 443)[0][4],
        socket.gethostbyname(host),
        socket.gethostbyname_ex(host)[0],
        socket.gethostbyaddr("192.0.2.1")[0],
        socket.getnameinfo(("192.0.2.1", 443), 0),
        socket.getfqdn(host),
        socket.gethostbyname("localhost"),
        signal.alarm(0),
        signal.setitimer(signal.ITIMER_REAL, 0),
    )
    return Outcome(outcome=End.GAVE_UP, error=repr(told))
