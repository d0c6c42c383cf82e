"""What every user of a run must know, as one value that goes from process to process as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.core.clock import SECOND, span

KINDS = {"oxen": ("poll", "stream", "sync"), "omixa": ("poll", "sync")}
"""The kinds of users that there are for each provider."""

VARIABLE = "UNDERSTUDY_LOAD"
"""The environment variable that hands the settings to the process of the users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How users behave, in seconds of the machine's time.

    `run` makes the prompts of one run unlike those of any other, `body` is the request that each
    of them makes, `stages` the ramp, and `out` the file for what was seen; without it nothing is
    written, as on a worker.
    """

    provider: str
    url: str
    key: str
    run: str
    mix: Mapping[str, int]
    poll: float
    deadline: float
    body: Mapping[str, Any] = field(default_factory=dict)
    stages: tuple[tuple[float, int], ...] = ()
    download: bool = False
    retry_lost: bool = False
    out: str = ""


def dump(settings: Settings) -> str:
    """The settings as JSON."""
    return json.dumps(asdict(settings))


def load(text: str) -> Settings:
    """The settings that were dumped."""
    data = json.loads(text)
    stages = tuple((float(seconds), int(users)) for seconds, users in data.pop("stages"))
    return Settings(**data, stages=stages)


def mix(text: str | None, provider: str) -> dict[str, int]:
    """How many users of each kind for one round of them: `poll=8,stream=1,sync=1`.

    Without a text eight of ten users poll. ValueError for a kind that the provider does not have.
    """
    kinds = KINDS[provider]
    if text is None:
        return {kind: 8 if kind == "poll" else 1 for kind in kinds}
    found: dict[str, int] = {}
    for part in text.split(","):
        kind, _, share = (one.strip() for one in part.partition("="))
        if kind not in kinds:
            raise ValueError(f"{kind!r} is no kind of user of {provider}: {', '.join(kinds)}")
        if not share.isdecimal() or len(share) > 6:
            raise ValueError(f"{part.strip()!r} is not a kind and a whole number, as poll=8 is")
        if kind in found:
            raise ValueError(f"{kind!r} is there twice")
        found[kind] = int(share)
    if not any(found.values()):
        raise ValueError("nobody is left to drive it")
    return {kind: share for kind, share in found.items() if share}


def seconds(text: str) -> float:
    """A span such as `30s` in seconds; ValueError if it is none, or nothing."""
    found = span(text) / SECOND
    if found <= 0:
        raise ValueError(f"{text!r} is no time at all")
    return found
