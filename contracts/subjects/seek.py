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

LINKS = 1000
"""Results that are told, at the most."""


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
    """What a pattern finds: results in the output, and in the errors too the last job and reason.

    Each is told as where it stands (`out` or `err`, from, to), so that the answer is short whatever
    was printed.
    """
    wanted = re.compile(pattern, re.MULTILINE)
    links: dict[str, tuple[str, int, int]] = {}
    last: dict[str, tuple[str, int, int]] = {}
    made = False
    for name, text in (("out", out), ("err", err)):
        for one in wanted.finditer(text):
            made = made or name == "out"
            for group in wanted.groupindex:
                if not one[group]:
                    continue
                place = (name, *one.span(group))
                if group != "url":
                    last[group] = place
                elif name == "out" and len(links) < LINKS:
                    links.setdefault(one[group], place)
    return {"made": made, "urls": [*links.values()], **last}


if __name__ == "__main__":
    main()
