"""Ctrl-C at the wrong moment: held back while a process is started, so that none is left behind."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""What is told to end by."""


@contextmanager
def told(do: Callable[[], Any]) -> Iterator[None]:
    """Do this whenever somebody asks for an end, instead of ending."""

    def handle(number: int, frame: FrameType | None) -> None:
        do()

    before = [(number, signal.signal(number, handle)) for number in ENDS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def later() -> Iterator[None]:
    """Hold an end back until this is over; then it is a KeyboardInterrupt."""
    asked: list[bool] = []
    with told(lambda: asked.append(True)):
        yield
    if asked:
        raise KeyboardInterrupt
