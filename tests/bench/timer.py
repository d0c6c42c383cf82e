"""How late a process that does nothing else is woken: the machine's own share of every lateness.

`python timer.py` prints its lateness as JSON when its standard input ends.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

NAP = 0.001


def quantiles(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and worst, in milliseconds."""
    ranked = sorted(values)
    places = {"p50_ms": len(ranked) // 2, "p99_ms": int(0.99 * len(ranked)), "worst_ms": -1}
    return {name: round(ranked[place] * 1000, 2) for name, place in places.items()}


@contextmanager
def yardstick(found: dict[str, Any]) -> Iterator[None]:
    """Meanwhile it runs beside the servers; what it says is put in `found`."""
    with Popen([sys.executable, __file__], stdin=PIPE, stdout=PIPE, preexec_fn=beside) as process:
        try:
            yield
        finally:
            said, _ = process.communicate()
            found["bare_timer"] = json.loads(said)


def beside() -> None:
    """Take the servers' processor."""
    os.sched_setaffinity(0, {0})


def main() -> None:
    """Sleep, and note how much longer it took."""
    late = []
    ended = False
    while not ended:
        began = time.perf_counter()
        ended = bool(select.select([sys.stdin], [], [], NAP)[0])
        gap = max(time.perf_counter() - began - NAP, 0.0)
        # Whatever was due in the gap was late, too.
        late += [gap - nth * NAP for nth in range(int(gap / NAP) + 1)]
    print(json.dumps(quantiles(late)))


if __name__ == "__main__":
    main()
