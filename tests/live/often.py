"""`understudy` as it is, except that snapshots come often: `python -m tests.live.often serve …`."""

from __future__ import annotations

from emulator.cli import main
from emulator.server import durable

EVERY = 150

if __name__ == "__main__":
    durable.EVERY = EVERY
    main()
