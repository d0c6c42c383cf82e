"""The peers that npm can install beside the understudy, poll and create, each with an equal stub.

`make bench-peers` installs them and runs this; `--json FILE` keeps the figures. The stubs are in
the folder beside this file. Whatever cannot be installed or started is listed, with the reason.
"""

from __future__ import annotations

import json
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from bench import (
    BODY,
    COMMANDS,
    CONNECTIONS,
    PLAIN,
    QUEUE,
    Case,
    arguments,
    machine,
    measure,
    oxen_enqueue,
    oxen_poll,
    plain,
    post,
    request,
    summary,
)
from peer import JOB, MODULES, PEERS, STUBS, TEMPLATED, Peer
from rich.console import Console
from rich.table import Table
from servers import KEY, NotStarted, Server, heed, start

YARDSTICK = Peer(
    name="plain",
    command=COMMANDS["plain"],
    ready="/plain",
    less="One fixed answer of Starlette's: what every ratio is to.",
)
UNDERSTUDY = Peer(
    name="understudy",
    # As its users start it; so slow a clock that no job ends meanwhile, and money enough for all.
    command=(
        *(sys.executable, "-m", "emulator", "serve", "--port", "{port}"),
        *("--speed", "0.001", "--balance", "1000000000"),
    ),
    ready=QUEUE,
    less="All of it on: validation, ledger, log, recording, fault matching.",
)
STARTS = 5


def fixed(method: str, path: str, body: bytes = b"") -> Callable[[int], bytes]:
    """A request that is the same in every round."""
    wire = request(method, path, body)
    return lambda _: wire


def aimock_poll(port: int) -> bytes:
    """A poll of a fresh job: older ones it forgets."""
    return request("GET", f"/api/v1/videos/{post(port, '/api/v1/videos', BODY)['id']}")


def cases(peer: Peer) -> dict[str, Case]:
    """What of a peer is measured, by name."""
    if peer is YARDSTICK:
        return {PLAIN: Case(peer.name, plain)}
    wires = {"poll": fixed("GET", QUEUE + JOB), "create": fixed("POST", QUEUE, BODY)}
    if peer is UNDERSTUDY:
        wires = {"poll": oxen_poll, "create": oxen_enqueue}
    if peer.queue != QUEUE:
        wires = {"poll": aimock_poll, "create": fixed("POST", peer.queue, BODY)}
    if "poll" in peer.templated:
        wires["poll, templated"] = fixed("GET", TEMPLATED + QUEUE + JOB)
    if "create" in peer.templated:
        wires["create, templated"] = fixed("POST", TEMPLATED + QUEUE, BODY)
    return {f"{peer.name} {what}": Case(peer.name, wire) for what, wire in wires.items()}


def launch(peer: Peer, folder: Path) -> Server:
    """Start a peer that is installed."""
    if peer.package and not (MODULES / peer.package).exists():
        raise NotStarted("not installed: npm ci did not bring it")
    return start(peer.command, peer.ready, folder)


def first_answer(peer: Peer, folder: Path) -> float:
    """Seconds to the first 200, the median of several starts."""
    taken = []
    for _ in range(STARTS):
        server = launch(peer, folder)
        server.stop()
        taken.append(server.first)
    return round(median(taken), 3)


def refuses(peer: Peer, port: int) -> str:
    """What a peer turns away that the real service would: asked, not read."""
    url = f"http://127.0.0.1:{port}{peer.queue}"
    head = {"Authorization": f"Bearer {KEY}"}
    body = json.loads(BODY)
    answers = {
        "a bad body": httpx.post(url, json={"model": 5}, headers=head),
        "a strange model": httpx.post(url, json={**body, "model": "nobody-1"}, headers=head),
        "no key": httpx.post(url, json=body),
        "a strange job": httpx.get(f"{url}/00000000-0000-4000-8000-000000000000", headers=head),
    }
    return ", ".join(what for what, answer in answers.items() if answer.is_client_error)


def answered(case: Case, port: int) -> tuple[str, ...]:
    """The fields of an answer."""
    method, path, _ = case.wire(port).decode().split(" ", 2)
    head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    body = BODY if method == "POST" else None
    url = f"http://127.0.0.1:{port}{path}"
    return tuple(httpx.request(method, url, content=body, headers=head).json())


def known(peer: Peer, server: Server) -> dict[str, Any]:
    """What can be told of a server as soon as it answers."""
    about = {"version": peer.version(), "less": peer.less, "mib_at_start": round(server.resident())}
    if peer is YARDSTICK:
        return about
    fields = {answered(case, server.port) for case in cases(peer).values()}
    return about | {"refuses": refuses(peer, server.port) or "nothing", "fields": sorted(fields)}


def compare(asked: Namespace) -> dict[str, Any]:
    """Everything: first the starts, then all servers side by side."""
    peers = {peer.name: peer for peer in (YARDSTICK, UNDERSTUDY, *PEERS)}
    servers: dict[str, Server] = {}
    abouts: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        shutil.copytree(STUBS / "wiremock", folder / "wiremock")
        for name, peer in peers.items():
            try:
                first = first_answer(peer, folder)
                servers[name] = launch(peer, folder)
            except NotStarted as problem:
                missing[name] = str(problem)
                continue
            stack.callback(servers[name].stop)
            with servers[name].awake():
                abouts[name] = {"first_answer_s": first, **known(peer, servers[name])}
        measured = {k: case for name in servers for k, case in cases(peers[name]).items()}
        found = measure(servers, measured, asked)
        for name, server in servers.items():
            abouts[name]["mib_after"] = round(server.resident())
    figures = summary(found.tallies)
    return {
        "cases": {name: {"server": measured[name].server} | row for name, row in figures.items()},
        "servers": abouts,
        "missing": missing | found.failed,
    }


def show(result: Mapping[str, Any]) -> None:
    """The table, what each does less, and who is missing."""
    head = ("per second", "ratio", "p50 ms", "p99 ms", "first s", "MiB", "after", "refuses")
    table = Table(f"{CONNECTIONS} connections, one processor", *head)
    shown: set[str] = set()
    for name, row in result["cases"].items():
        about = {} if row["server"] in shown else result["servers"][row["server"]]
        shown.add(row["server"])
        rest = ("first_answer_s", "mib_at_start", "mib_after", "refuses")
        figures = (f"{row[key]:g}" for key in ("per_second", "ratio", "p50_ms", "p99_ms"))
        table.add_row(name, *figures, *(str(about.get(key, "")) for key in rest))
    console = Console(width=None if sys.stdout.isatty() else 130)
    console.print(table)
    ours = result["servers"][UNDERSTUDY.name]["fields"]
    for name, about in result["servers"].items():
        other = "" if about.get("fields", ours) == ours else " Its answers are its own, not ours."
        title = f"{name} {about['version']}".strip()
        console.print(f"[bold]{title}[/bold]: {about['less']}{other}")
    for name, why in result["missing"].items():
        console.print(f"[bold red]{name} is missing[/bold red]: {why}")
    console.print(machine(), "- starts with warm file caches, medians of", STARTS)


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.set_defaults(warm=3.0)
    asked = parser.parse_args()
    heed()
    result = compare(asked)
    show(result)
    if asked.json:
        asked.json.write_text(json.dumps({"machine": machine(), **result}, indent=2) + "\n")


if __name__ == "__main__":
    main()
