"""Clients of many kinds come to the emulator although they know the real host alone: through the
proxy if they heed it, and in a sandbox whether they do or not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.door.running import run
from tests.live.tools import need

LIST = "https://hub.oxen.ai/api/ai/queue"
EMPTY = '{"count":0,"generations":[]}'
CLIENTS = Path(__file__).with_name("clients")
PROXY, SANDBOX = (), ("--sandbox",)

AIOHTTP = """
import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession(headers=HEAD{more}) as session:
        print(await (await session.get(URL)).text())
asyncio.run(main())
"""
PYTHON = {
    "requests": "import requests; print(requests.get(URL, headers=HEAD).text)",
    "httpx": "import httpx; print(httpx.get(URL, headers=HEAD).text)",
    "urllib": "from urllib.request import Request as R, urlopen as u; "
    "print(u(R(URL, headers=HEAD)).read().decode())",
    "aiohttp, told to": AIOHTTP.format(more=", trust_env=True"),
    "aiohttp": AIOHTTP.format(more=""),
    "urllib3": "import urllib3; print(urllib3.request('GET', URL, headers=HEAD).data.decode())",
}
OTHERS = {
    "curl": ["curl", "-sS", "-H", "Authorization: Bearer any", LIST],
    "axios": ["node", str(CLIENTS / "axios.mjs"), LIST],
    "undici, told to": ["node", "--no-warnings", str(CLIENTS / "undici.mjs"), LIST],
    "Node's fetch": ["node", str(CLIENTS / "fetch.mjs"), LIST],
    "Java": ["java", str(CLIENTS / "List.java"), LIST],
}
HEEDLESS = {"aiohttp", "urllib3", "Node's fetch", "Java"}
"""Those that heed no proxy by themselves (Node's fetch does from 24 on): without a sandbox they
would call the provider itself."""

WAYS = [
    *((client, PROXY) for client in (*PYTHON, *OTHERS) if client not in HEEDLESS),
    *((client, SANDBOX) for client in (*PYTHON, *OTHERS)),
]


@pytest.mark.parametrize(("client", "options"), WAYS)
def test_a_client_reaches_the_provider(client: str, options: tuple[str, ...]) -> None:
    if client in PYTHON:
        code = f"URL = {LIST!r}; HEAD = {{'Authorization': 'Bearer any'}}\n{PYTHON[client]}"
        command = [sys.executable, "-W", "ignore", "-c", code]
    else:
        command = OTHERS[client]
        need(command[0])
        if client.startswith(("axios", "undici")) and not (CLIENTS / "node_modules").is_dir():
            pytest.skip("npm did not install it")
    ended = run(*command, options=options)
    assert ended.stdout.strip() == EMPTY, ended.stderr
    assert "oxen list: 200" in ended.stderr
