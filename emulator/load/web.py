"""Calls to a server on this machine, one at a time: no proxy, no redirect."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from emulator.server.hosts import loopback

PATIENCE = 120
"""Seconds for one answer; a list of a hundred thousand jobs takes some."""


class Unreachable(Exception):
    """Nothing answers there; the message says what was tried."""


def place(url: str) -> str:
    """A base address on this machine, as `http://127.0.0.1:8787`; ValueError for any other."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no address: {error}") from None
    if parts.scheme != "http" or not host or parts.path.strip("/") or parts.query:
        raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8787")
    if not loopback(host):
        raise ValueError(
            f"{host} is not this machine, and only this machine may be loaded; for an emulator on"
            " another one, bring its port here with ssh -L"
        )
    return f"http://{f'[{host}]' if ':' in host else host}:{port or 80}"


def call(
    url: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """The status and the JSON of one call, None where it is no JSON. Raises Unreachable."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    sent = None if body is None else json.dumps(body)
    more = {"Content-Type": "application/json"} if sent is not None else {}
    try:
        connection.request(method, path, sent, {**more, **(headers or {})})
        response = connection.getresponse()
        read = response.read()
    except (OSError, HTTPException) as error:
        raise Unreachable(f"{method} {url}{path} was not answered: {error!r}") from None
    finally:
        connection.close()
    try:
        return response.status, json.loads(read)
    except ValueError:
        return response.status, None
