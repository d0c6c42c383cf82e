"""Poll and enqueue beside Starlette's plain JSON route, in one interleaved run on one processor.

`make bench` runs it; `--json FILE` keeps the figures. Only ratios of one run count: the machine's
speed drifts, and the rounds take turns so that it drifts for all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from drive import Tally, drive
from rich.console import Console
from rich.table import Table
from servers import KEY, Server, go_on, heed, start

HERE = Path(__file__).parent
QUEUE = "/api/ai/queue"
OMIXA = "/api/v1/videos/jobs"
BODY = json.dumps(
    {
        "model": "google-veo-3-1-lite",
        "prompt": "A slow pan over a foggy lake",
        "input_image": "https://example.com/lake.png",
        "aspect_ratio": "16:9",
        "duration": "8s",
    }
).encode()
PLAIN = "starlette plain"
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: a server, and the request to its port, made anew for each round."""

    server: str
    wire: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """What the rounds gave for each case, and why a case was given up."""

    tallies: dict[str, list[Tally]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {KEY}",
        "Accept: */*",
        "User-Agent: bench/1",
    ]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def post(port: int, path: str, body: bytes) -> Any:
    """What a server answers to one call."""
    head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    answer = httpx.post(f"http://127.0.0.1:{port}{path}", content=body, headers=head)
    return answer.raise_for_status().json()


def plain(port: int) -> bytes:
    """The yardstick's route."""
    return request("GET", "/plain")


def oxen_poll(port: int) -> bytes:
    """A poll of a fresh job."""
    job = post(port, QUEUE, BODY)["generations"][0]["generation_id"]
    return request("GET", f"{QUEUE}/{job}")


def oxen_enqueue(port: int) -> bytes:
    """A job more with every call."""
    return request("POST", QUEUE, BODY)


def omixa_poll(port: int) -> bytes:
    """A poll of a fresh job."""
    asked = {"model": "veo-3.1-lite-generate-001", "prompt": "A foggy lake"}
    made = post(port, OMIXA, json.dumps(asked).encode())
    poll = json.dumps({"operation": made["operation"]}).encode()
    return request("POST", f"{OMIXA}/status", poll)


COMMANDS = {
    name: (sys.executable, str(HERE / "serve.py"), name, "{port}")
    for name in ("plain", "understudy")
}
READY = {"plain": "/plain", "understudy": QUEUE}
CASES = {
    PLAIN: Case("plain", plain),
    "oxen poll": Case("understudy", oxen_poll),
    "oxen enqueue": Case("understudy", oxen_enqueue),
    "omixa poll": Case("understudy", omixa_poll),
}


@contextmanager
def aside() -> Iterator[None]:
    """Meanwhile this process keeps off the servers' processor, where there is another."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def measure(
    servers: Mapping[str, Server], cases: Mapping[str, Case], asked: argparse.Namespace
) -> Found:
    """Every case in turn, `rounds` times after one to warm up; only its server is awake."""
    found = Found({name: [] for name in cases})
    with aside():
        for nth in range(asked.rounds + 1):
            for name, case in cases.items():
                go_on()
                if name in found.failed:
                    continue
                server = servers[case.server]
                try:
                    with server.awake():
                        tally = once(server.port, case, asked.seconds if nth else asked.warm)
                except (OSError, ValueError, httpx.HTTPError) as problem:
                    found.failed[name] = str(problem)
                    del found.tallies[name]
                    continue
                if nth:
                    found.tallies[name].append(tally)
    return found


def once(port: int, case: Case, seconds: float) -> Tally:
    """One case's turn."""
    tally = drive(port, case.wire(port), connections=CONNECTIONS, seconds=seconds)
    if tally.wrong or not tally.latencies:
        raise ValueError(f"{tally.wrong} of {len(tally.latencies)} answers were not 200")
    return tally


def summary(tallies: Mapping[str, list[Tally]]) -> dict[str, dict[str, float]]:
    """Medians over the rounds; the ratio is to the plain route of the same round."""
    base = tallies[PLAIN]
    return {
        name: {
            "per_second": round(median(one.rate for one in listed)),
            "ratio": round(
                median(one.rate / yard.rate for one, yard in zip(listed, base, strict=True)), 2
            ),
            "p50_ms": round(median(one.quantile(0.5) for one in listed) * 1000, 2),
            "p99_ms": round(median(one.quantile(0.99) for one in listed) * 1000, 2),
        }
        for name, listed in tallies.items()
    }


def machine() -> str:
    """What it was measured on."""
    return f"CPython {platform.python_version()}, {os.cpu_count()} processors"


def arguments(about: str | None) -> argparse.ArgumentParser:
    """What a comparison can be asked."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each turn")
    parser.add_argument("--warm", type=float, default=1.5, help="seconds for each turn before")
    parser.add_argument("--json", type=Path)
    return parser


def main() -> None:
    """Measure, print, keep."""
    asked = arguments(__doc__).parse_args()
    heed()
    servers: dict[str, Server] = {}
    try:
        for name, command in COMMANDS.items():
            servers[name] = start(command, READY[name])
        found = measure(servers, CASES, asked)
    finally:
        for server in servers.values():
            server.stop()
    if found.failed:
        raise SystemExit("\n".join(f"{name}: {why}" for name, why in found.failed.items()))
    figures = summary(found.tallies)
    table = Table(
        f"{CONNECTIONS} connections, one processor", "per second", "ratio", "p50 ms", "p99 ms"
    )
    for name, row in figures.items():
        table.add_row(name, *(f"{value:g}" for value in row.values()))
    Console().print(table)
    print(machine())
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
