"""How the command line asks an emulator that runs."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from emulator.cli_world import BadUse
from emulator.server.hosts import loopback
from emulator.server.stage import PREFIX

LONGEST = 10
"""Seconds to wait for a server."""


def ask(url: str, path: str, token: str | None = None) -> str:
    """What the control plane of the emulator at `url` answers for a path of its own. BadUse if it
    gives nothing, or is on another machine and there is no `token` for it."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError as error:
        raise BadUse(f"--url: {url!r} is no address: {error}") from None
    if scheme not in ("http", "https") or not host:
        raise BadUse(f"--url: {url!r} is no address, such as http://127.0.0.1:8787")
    if token is None and not loopback(host):
        raise BadUse(f"--url: {host} is another machine: --control-token is needed")
    whole = f"{url.rstrip('/')}{PREFIX}{path}"
    headers = {} if token is None else {"X-Understudy-Token": token}
    # No proxy that the environment names: on the way to this machine there is none.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(whole, headers=headers), timeout=LONGEST) as answer:
            return str(answer.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        raise BadUse(f"{url} answers {error.code}: {_said(error)}") from None
    except urllib.error.URLError as error:
        why = getattr(error.reason, "strerror", None) or error.reason
        raise BadUse(f"nothing answers at {url}: {why}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise BadUse(f"{url} cannot be read: {error!r}") from None


def _said(error: urllib.error.HTTPError) -> Any:
    """The words in an answer of the control plane; the status's own where it is not one."""
    try:
        return json.loads(error.read())["error"]["message"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return error.reason
