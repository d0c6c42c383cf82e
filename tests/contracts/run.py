"""schemathesis's own command line against a live server, one contract after the other.

`make contract` runs it. The server knows one key and has ample balance; its clock leaps, so that
blocking calls cost nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from emulator import Emulator, Scenario
from emulator.core.clock import Mode, Pace
from emulator.core.money import DOLLAR

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "contracts" / "specs"
KEY = "omx_live_contract"
SCENARIO = Scenario(pace=Pace(Mode.AUTO, speed=20.0), balance=10**9 * DOLLAR)


def judge(spec: Path, url: str, more: list[str]) -> int:
    """The exit code of one run: 0 only without a failure."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={HERE / 'schemathesis.toml'}",
        "run",
        str(spec),
        f"--url={url}",
        f"--header=Authorization: Bearer {KEY}",
        "--phases=examples,coverage,fuzzing,stateful",
        "--mode=all",
        "--continue-on-failure",
        "--generation-deterministic",
        *more,
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.contracts.hooks", "PYTHONPATH": str(HERE.parents[1])}
    return subprocess.run(command, env={**os.environ, **hooks}, check=False).returncode


def main() -> int:
    """Judge the emulator by both contracts; further arguments go to schemathesis."""
    with Emulator(SCENARIO, keys=frozenset({KEY})) as emulator:
        specs = sorted(SPECS.glob("*.yaml"))
        codes = [judge(spec, emulator.url, sys.argv[1:]) for spec in specs]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
