"""Places in JSON: names and places of a list with dots in between, such as `data.0.url`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from emulator.faults.deed import Idle, Sees, Truth

Change: TypeAlias = Callable[[Any], Any]

GONE = object()
"""What a change returns for a field that shall not be there."""

NO_JSON = Sees(httpx="JSONDecodeError", requests="JSONDecodeError", node="SyntaxError")
NO_JSON_UNTOUCHED = Sees(
    httpx="JSONDecodeError",
    requests="JSONDecodeError",
    node="SyntaxError",
    truth=Truth.UNTOUCHED,
)
"""What clients make of a body that they cannot parse."""

NOTHING = object()


def look(data: Any, path: str) -> Any:
    """What stands there; NOTHING if nothing does."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step, NOTHING)
        elif (
            isinstance(data, list) and step.isdecimal() and len(step) < 10 and int(step) < len(data)
        ):
            data = data[int(step)]
        else:
            return NOTHING
    return data


def edit(data: Any, path: str, change: Change) -> Any:
    """The data with that place changed; Idle if there is no such place. Without a path it is the
    first field."""
    step, _, rest = (path or next(iter(data), "")).partition(".")
    inner = look(data, step)
    if inner is NOTHING:
        raise Idle(f"the answer has no {path or 'field'}")
    changed = edit(inner, rest, change) if rest else change(inner)
    if isinstance(data, list):
        placed = [changed if nth == int(step) else one for nth, one in enumerate(data)]
        return [one for one in placed if one is not GONE]
    kept = {name: changed if name == step else one for name, one in data.items()}
    return {name: one for name, one in kept.items() if one is not GONE}
