"""Finds a pattern in what programs have printed, in a process that may be killed: some patterns
take for ever.

Run by its path. Each line in asks (`pattern`, `out`, `err`, and the `seconds` of the processor's
that it may take), and each line out answers. What takes longer is ended by SIGVTALRM.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any


def main() -> None:
    """Answer until nobody asks any more."""
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        signal.setitimer(signal.ITIMER_VIRTUAL, asked.pop("seconds"))
        found = sought(**asked)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def sought(pattern: str, out: str, err: str) -> dict[str, Any]:
    """What a pattern finds: results in the output, a job and a reason in the errors too."""
    wanted = re.compile(pattern, re.MULTILINE)
    made = [one.groupdict() for one in wanted.finditer(out)]
    both = [*made, *(one.groupdict() for one in wanted.finditer(err))]
    return {
        "made": bool(made),
        "urls": list(dict.fromkeys(one["url"] for one in made if one["url"])),
        "job": _last(both, "job"),
        "reason": _last(both, "reason"),
    }


def _last(found: list[dict[str, Any]], name: str) -> str | None:
    """What the last match with that group has in it."""
    return next((one[name] for one in reversed(found) if one.get(name)), None)


if __name__ == "__main__":
    main()
