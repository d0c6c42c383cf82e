"""Poll and enqueue beside Starlette's plain JSON route, in one interleaved run on one processor.

`make bench` runs it; `--json FILE` keeps the figures. Only ratios of one run count: the machine's
speed drifts, and the rounds take turns so that it drifts for all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import httpx
from drive import Tally, drive
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
BODY = json.dumps(
    {
        "model": "google-veo-3-1-lite",
        "prompt": "A slow pan over a foggy lake",
        "input_image": "https://example.com/lake.png",
        "aspect_ratio": "16:9",
        "duration": "8s",
    }
).encode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(name: str) -> tuple[subprocess.Popen[bytes], int]:
    """A server of its own process, once it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "serve.py"), name, str(port)])
    for _ in range(500):
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
            return process, port
        except httpx.TransportError:
            time.sleep(0.02)
    process.kill()
    raise SystemExit(f"{name} did not start")


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Authorization: Bearer bench",
        "Accept: */*",
        "User-Agent: bench/1",
    ]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def cases(plain: int, ours: int) -> dict[str, tuple[int, bytes]]:
    """What is measured, by name: a port and a request."""
    made = httpx.post(
        f"http://127.0.0.1:{ours}/api/ai/queue",
        content=BODY,
        headers={"Authorization": "Bearer bench"},
    ).json()
    job = made["generations"][0]["generation_id"]
    omixa = httpx.post(
        f"http://127.0.0.1:{ours}/api/v1/videos/jobs",
        json={"model": "veo-3.1-lite-generate-001", "prompt": "A foggy lake"},
        headers={"Authorization": "Bearer bench"},
    ).json()
    return {
        "starlette plain": (plain, request("GET", "/plain")),
        "oxen poll": (ours, request("GET", f"/api/ai/queue/{job}")),
        "oxen enqueue": (ours, request("POST", "/api/ai/queue", BODY)),
        "omixa poll": (
            ours,
            request(
                "POST",
                "/api/v1/videos/jobs/status",
                json.dumps({"operation": omixa["operation"]}).encode(),
            ),
        ),
    }


def measure(rounds: int, seconds: float) -> dict[str, list[Tally]]:
    """Every case in turn, `rounds` times."""
    servers = {name: start(name) for name in ("plain", "understudy")}
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        listed = cases(servers["plain"][1], servers["understudy"][1])
        found: dict[str, list[Tally]] = {name: [] for name in listed}
        for nth in range(rounds + 1):
            for name, (port, wire) in listed.items():
                tally = drive(port, wire, connections=32, seconds=seconds)
                if tally.wrong:
                    raise SystemExit(f"{name}: {tally.wrong} answers were not 200")
                if nth:
                    found[name].append(tally)
        return found
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.wait()


def summary(found: dict[str, list[Tally]]) -> dict[str, dict[str, float]]:
    """Medians over the rounds; the ratio is to the plain route of the same round."""
    plain = found["starlette plain"]
    return {
        name: {
            "per_second": round(median(one.rate for one in tallies)),
            "ratio": round(
                median(one.rate / base.rate for one, base in zip(tallies, plain, strict=True)), 2
            ),
            "p50_ms": round(median(one.quantile(0.5) for one in tallies) * 1000, 2),
            "p99_ms": round(median(one.quantile(0.99) for one in tallies) * 1000, 2),
        }
        for name, tallies in found.items()
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = summary(measure(asked.rounds, asked.seconds))
    table = Table("32 connections, one processor", "per second", "ratio", "p50 ms", "p99 ms")
    for name, row in figures.items():
        table.add_row(name, *(f"{value:g}" for value in row.values()))
    Console().print(table)
    print(f"CPython {platform.python_version()}, {os.cpu_count()} processors")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
