"""Reads an event stream, line by line, as the standard for server-sent events says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from emulator.load.dialects import COMPLETED, ENDS


def frames(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The name and the data of each event that is whole."""
    name, data = "", list[str]()
    for raw in lines:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)


def ended(name: str, data: str) -> tuple[str, str] | None:
    """The id and the word of an event that tells of a job's end; None for any other."""
    if name != COMPLETED:
        return None
    try:
        said = json.loads(data)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    id, word = said.get("generation_id"), said.get("status")
    return (id, word) if isinstance(id, str) and word in ENDS else None
