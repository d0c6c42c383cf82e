"""What lies beyond a limit."""

from __future__ import annotations

from itertools import pairwise

from emulator.providers.port import Kind
from tests.faults.stand import MANUAL, Make

WINDOW = {"beyond": {"calls": 2, "per": "1m"}}
NAMED = {
    "retry-after": {"retry-after": "50"},
    "x-ratelimit": {
        "retry-after": "50",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "1767225660",
    },
    "none": {},
}
"""What each choice of the assumption names, ten seconds into a window of a minute."""


def limit(stand: Make) -> None:
    for choice, named in NAMED.items():
        chosen = {f"{provider}.limit-headers": choice for provider in ("oxen", "omixa")}
        for provider in ("oxen", "omixa"):
            it = stand(**MANUAL, assumptions=chosen)
            ask = it.ask(provider, Kind.LIST)
            it.arm("limit", on={"provider": provider, **WINDOW})
            assert it.call(ask).is_success
            it.caller.advance("10s")
            assert it.call(ask).is_success
            answer = it.call(ask)
            assert answer.status_code == 429
            told = {name: one for name, one in answer.headers.items() if _about_limits(name)}
            assert told == named
            it.caller.advance("50s")
            assert it.call(ask).is_success

    it = stand(**MANUAL)
    it.arm({"limit": {"retry": "7500ms"}}, times=1)
    assert it.call(it.ask("oxen", Kind.SUBMIT)).headers["retry-after"] == "8"
    assert it.jobs() == []


def _about_limits(name: str) -> bool:
    return name == "retry-after" or name.startswith("x-ratelimit")


def queue(stand: Make) -> None:
    for provider in ("oxen", "omixa"):
        it = stand(**MANUAL)
        it.arm({"queue": {"slots": 1}})
        for _ in range(3):
            it.submit(provider)
        plans = [job["plan"] for job in it.jobs()]
        for (*_, last), (first, *_) in pairwise(plans):
            assert (last["to"], first["to"]) == ("succeeded", "running")
            assert last["at"] == first["at"]
        it.caller.advance("15s")
        assert [job["status"] for job in it.jobs()] == ["running", "queued", "queued"]
