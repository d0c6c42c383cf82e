"""What a client can do, as it declares it: a check that needs more is skipped, with that reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from contracts.reading import LISTS, polls
from contracts.trial import Trial
from emulator.scenarios import text
from emulator.scenarios.nodes import Unreadable


class Can(StrEnum):
    """The capabilities there are."""

    POLLS = "polls"
    STREAMS = "streams"
    SYNC = "sync"
    DOWNLOADS = "downloads"
    RESUMES = "resumes"
    CANCELS = "cancels"
    DEADLINE = "deadline"
    JOB_ID = "job_id"


USUAL = frozenset({Can.DEADLINE, Can.JOB_ID})
"""What a client is taken to do that declares nothing, besides what it is seen to do."""

SEEN = {
    "status": Can.POLLS,
    "record": Can.POLLS,
    **dict.fromkeys(LISTS, Can.POLLS),
    "events": Can.STREAMS,
    "generate": Can.SYNC,
    "generate_image": Can.SYNC,
    "download": Can.DOWNLOADS,
}
"""What a call shows that a client does; a list shows it of one that knows a job by then."""


class BadCapabilities(ValueError):
    """What is declared is no list of capabilities; the message says what is."""


def declared(said: Any) -> frozenset[str]:
    """The capabilities of a list, or of a mapping of them to true and false.

    Raises BadCapabilities for anything else, and for a word that is none.
    """
    if isinstance(said, str) or not isinstance(said, Iterable):
        raise BadCapabilities(f"{said!r} is no list of capabilities, such as [polls, deadline]")
    if not isinstance(said, Mapping):
        said = list(said)
    known = [one.value for one in Can]
    if foreign := [one for one in said if one not in known]:
        raise BadCapabilities(f"{foreign[0]!r} is none of {', '.join(known)}")
    if isinstance(said, Mapping):
        if odd := [one for one, can in said.items() if not isinstance(can, bool)]:
            raise BadCapabilities(f"{odd[0]} is true or false, not {said[odd[0]]!r}")
        return frozenset(str(one) for one, can in said.items() if can)
    return frozenset(str(one) for one in said)


def load(path: str | Path) -> frozenset[str]:
    """The capabilities in a file, YAML or JSON; BadCapabilities if it holds none."""
    try:
        data, _ = text.parse(text.content(path))
        return declared(data)
    except Unreadable as error:
        raise BadCapabilities(f"{path}: cannot be read: {error.why}") from None
    except BadCapabilities as error:
        raise BadCapabilities(f"{path}: {error}") from None


def seen(trial: Trial) -> frozenset[str]:
    """What a client does that declares nothing, going by a trial without a fault."""
    asked = {one.number for one in polls(trial)}
    shown = {
        SEEN[one.operation]
        for one in trial.exchanges
        if one.operation in SEEN and (one.operation not in LISTS or one.number in asked)
    }
    return frozenset(one.value for one in {*USUAL, *shown})
