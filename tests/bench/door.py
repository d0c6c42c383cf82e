"""The way through the proxy beside the plain one: time to the first answer, and calls a second.

`python -m tests.bench.door` prints both. Calls go over one kept connection each, in turns, so that
the machine's moods befall both alike.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from emulator.core.scenario import Scenario, View
from emulator.door.authority import Authority
from emulator.door.housing import House
from emulator.server.run import Emulator

ROUNDS, CALLS = 7, 400
FIRST = """
import urllib.request
head = {"Authorization": "Bearer any"}
asked = urllib.request.Request("https://hub.oxen.ai/api/ai/queue", headers=head)
urllib.request.urlopen(asked).read()
"""


def polls(client: httpx.Client, url: str) -> float:
    """Calls a second over a connection that is kept."""
    began = time.perf_counter()
    for _ in range(CALLS):
        client.get(url).raise_for_status()
    return CALLS / (time.perf_counter() - began)


def took(command: list[str]) -> float:
    """Seconds until a command has ended."""
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians, and what the proxy costs."""
    authority = Authority()
    head = {"Authorization": "Bearer any"}
    scenario = Scenario(view=View.MACHINE)
    plain, through = [], []
    with (
        TemporaryDirectory() as folder,
        Emulator(scenario) as emulator,
        House(scenario, authority) as house,
    ):
        file = Path(folder, "ca.pem")
        file.write_bytes(authority.pem)
        trusted = ssl.create_default_context(cafile=str(file))
        with (
            httpx.Client(headers=head) as near,
            httpx.Client(headers=head, proxy=house.proxy, verify=trusted) as far,
        ):
            for _ in range(ROUNDS):
                plain.append(polls(near, f"{emulator.url}/api/ai/queue"))
                through.append(polls(far, "https://hub.oxen.ai/api/ai/queue"))
    own = [sys.executable, "-c", "import urllib.request"]
    run = [sys.executable, "-m", "emulator", "run", "--", sys.executable, "-c", FIRST]
    alone, whole = (median(took(one) for _ in range(ROUNDS)) for one in (own, run))
    share = median(through) / median(plain)
    print(f"plain          {median(plain):8.0f} calls a second")
    print(f"through proxy  {median(through):8.0f} calls a second, {share:.2f} of plain")
    print(f"start to end of a program with one call: {whole:.2f} s, its own start {alone:.2f} s")


if __name__ == "__main__":
    main()
