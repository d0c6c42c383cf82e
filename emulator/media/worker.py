"""The other end of `apart`: reads descriptions, and writes the files that they are of."""

from __future__ import annotations

import os
import pickle
import sys
from io import BufferedReader, FileIO

from emulator.media.headers import NotAnImage
from emulator.media.rendering import render
from emulator.media.shelf import Shelf

PARTS = 64 * 1024 * 1024
"""Bytes of the parts that clips share which a process keeps."""

POLITE = 10
"""How far a process steps back: a call that comes meanwhile has the processor at once."""


def main() -> None:
    """Render until nobody asks any more. A picture that does not decode is answered by why."""
    os.nice(POLITE)
    asked, made = BufferedReader(FileIO(sys.stdin.fileno())), sys.stdout.buffer
    shelf = Shelf(PARTS)
    while asked.peek(1):
        thing = pickle.load(asked)
        try:
            file: bytes | str = render(thing, shelf)
        except NotAnImage as error:
            file = error.reason
        pickle.dump(file, made)
        made.flush()
