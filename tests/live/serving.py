"""`understudy serve` as a process of its own, as a person would start it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
PATIENCE = 30
"""Seconds that a process has to end."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Serving:
    """A server that was started and is ready; use it as a context manager.

    `printed` is what it had printed by then. After `stop`, `said` and `complained` are what it
    printed since on standard output and standard error, and `code` is how it ended.
    """

    def __init__(self, *arguments: str, module: str = "emulator") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--port", "0", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.printed: list[str] = []
        self.said = self.complained = ""
        self.code: int | None = None

    @property
    def url(self) -> str:
        return self.printed[0].rpartition(" ")[2]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def examples(self) -> list[str]:
        """The calls that it shows a newcomer."""
        return [line for line in self.printed if line.startswith("curl ")]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        self.process.send_signal(how)
        self.said, self.complained = self.process.communicate(timeout=PATIENCE)
        self.code = self.process.returncode

    def __enter__(self) -> Serving:
        assert self.process.stdout is not None
        while len(self.examples) < 2:
            line = self.process.stdout.readline()
            if not line:
                self.process.kill()
                raise AssertionError(self.process.communicate(timeout=PATIENCE)[1])
            self.printed.append(line.rstrip("\n"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.code is None:
            self.process.kill()
            self.process.communicate(timeout=PATIENCE)
