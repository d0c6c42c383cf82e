"""What three stock clients make of a call: a status, or the name of the exception they raise."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from select import select
from typing import Any, TypeAlias

import httpx
import requests

from tests.faults.stand import Ask
from tests.server.raw import PATIENCE

See: TypeAlias = Callable[[Ask], str]

WORKER = Path(__file__).with_name("worker.mjs")


def by_httpx(ask: Ask) -> str:
    """With httpx."""
    try:
        with httpx.Client(timeout=ask.timeout, trust_env=False) as client:
            answer = client.request(ask.method, ask.url, headers=ask.headers, json=ask.body)
            if ask.json and answer.status_code < 400:
                answer.json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        return type(error).__name__
    return str(answer.status_code)


def by_requests(ask: Ask) -> str:
    """With requests."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                ask.method,
                ask.url,
                headers=ask.headers,
                json=ask.body,
                timeout=ask.timeout,
                allow_redirects=False,
            )
            if ask.json and answer.status_code < 400:
                answer.json()
    except requests.RequestException as error:
        return type(error).__name__
    return str(answer.status_code)


@contextmanager
def node() -> Iterator[See | None]:
    """With Node's fetch, in one process for all calls; None where there is no Node."""
    if shutil.which("node") is None:
        yield None
        return
    worker = subprocess.Popen(
        ["node", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    try:
        yield lambda ask: str(_answered(worker, asdict(ask))["sees"])
    finally:
        worker.kill()
        worker.communicate()


def _answered(worker: subprocess.Popen[bytes], asked: Mapping[str, Any]) -> dict[str, Any]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps(asked).encode() + b"\n")
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select([worker.stdout], [], [], PATIENCE)
        assert ready, f"Node did not answer to {asked}"
        part = worker.stdout.read(65536)
        assert part, "Node has ended"
        line += part
    answer: dict[str, Any] = json.loads(line)
    return answer
