"""What came of a run: the calls, the jobs, the invoice, and where the program could not go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from emulator.core.jobs import Job
from emulator.core.money import Micros, dollars
from emulator.door.door import Door
from emulator.door.places import shown, times
from emulator.faults.catalogue import CONNECT
from emulator.server import pages, tally
from emulator.server.live import Live
from emulator.server.recorder import UNANSWERED, Exchange
from emulator.server.stage import Stage
from emulator.server.wire import Asked

FEW = 20
"""Lines of a kind that say something new; more than that are counted."""

NONE = "No call came to a provider's host."
HEEDLESS = (
    "No call came. If the program makes calls, it heeds no proxy (as Node before 24, Java, PHP):"
    " understudy run --sandbox -- …"
)
"""What people are told if no call came: in a sandbox, and where a program may heed no proxy."""

STRUCK = {"reset_connection": "reset", "close_connection": "closed"}
"""What became of a connection."""


def report(stage: Stage, door: Door, nothing: str) -> str:
    """All of it, for people; `nothing` is what they are told if nobody came."""
    lives = list(stage.worlds.values())
    parts = [part for live in lives for part in _of(live, stage, door)]
    others = Counter(_other(one) for one in stage.journal)
    if others:
        parts.append(_block("Other calls:", _counted(others)))
    through, refused = door.through.lines(), door.refused.lines()
    if not parts:
        parts = [NONE if through or refused else nothing]
    parts += (_block("Faults:", lines) for live in lives if (lines := list(_faults(live))))
    if through:
        parts.append(_block("Let through:", through))
    if refused:
        parts.append(_block("Refused, and nothing of it left this machine:", refused))
    return "\n\n".join(parts)


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, *(f"  {line}" for line in lines)])


def _counted(counts: Counter[str]) -> list[str]:
    lines = [f"{shown(what)}{times(count)}" for what, count in counts.items()]
    more = len(lines) - FEW
    return [*lines[:FEW], f"and {more} more"] if more > 1 else lines


def _of(live: Live, stage: Stage, door: Door) -> Iterator[str]:
    """The calls of a world, its jobs, and what they cost."""
    now, world, deeds = live.present(), live.world, _deeds(live)
    calls = Counter(_call(one, deeds) for one in live.recorder)
    if door.shut and door.listener is live.listener:
        calls["connection: refused"] += door.shut
    if not calls:
        return
    kept, all_ = len(live.recorder), live.recorder.count
    head = "Calls:" if kept == all_ else f"Calls, the last {kept} of {all_}:"
    yield _block(head, _counted(calls))
    if world.jobs:
        jobs = world.jobs.values()
        yield _block("Jobs:", (f"{one.id}  {_stands(one, now)}  {one.draft.model}" for one in jobs))
        titles = {name: one.title for name, one in stage.providers.items()}
        yield _invoice(live, titles)


def _call(one: Exchange, deeds: Mapping[str, str]) -> str:
    deed = deeds.get(one.fault, one.fault)
    if one.operation == CONNECT:
        return f"{_what(one)}: {STRUCK.get(deed, deed)}"
    status = "no answer" if one.status == UNANSWERED else one.status
    return f"{_what(one)}: {status}{f' ({deed})' if deed else ''}"


def _what(one: Exchange) -> str:
    return "connection" if one.operation == CONNECT else f"{one.provider} {one.operation}"


def _other(one: Exchange) -> str:
    """A call that reached no world, as it was written."""
    host = Asked(one.request_headers).get("host", "")
    keyless = " (no key)" if one.status == 401 and not one.key else ""
    return f"{one.method} {host}{one.target}: {one.status}{keyless}"


def _stands(job: Job, now: int) -> str:
    """Where a job stands, and what it costs."""
    status = job.status(now).value
    if job.ended(now) is None:
        return f"still {status}, ${_short(job.hold)} held"
    return f"{status}, ${_short(job.charged(now))}"


def _short(amount: Micros) -> str:
    """Dollars, with cents, and with more only where there is more."""
    whole, _, part = dollars(amount).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def _invoice(live: Live, titles: Mapping[str, str]) -> str:
    """The world's invoice, under the providers' own names."""
    heads = {f"{live.world.name}: {name}": f"{title}:" for name, title in titles.items()}
    lines = (line for line in pages.invoice(live.world).splitlines() if line)
    return "\n".join(heads.get(line, line) for line in lines)


def _deeds(live: Live) -> dict[str, str]:
    """What each fault does, by its id."""
    armory = live.world.armory
    known = [one.fault for one in (*armory.ended.values(), *armory.armed.values())]
    return {one.id: one.do for one in (*known, *armory.drawn)}


def _faults(live: Live) -> Iterator[str]:
    """What became of each fault."""
    told, deeds = tally.faults(live), _deeds(live)
    calls = {one.number: _what(one) for one in live.recorder}
    for one in (*told["faults"], *told["drawn"]):
        name, deed = one["id"], deeds[one["id"]]
        head = name if name == deed else f"{name} ({deed})"
        at = [f"call {number} ({calls.get(number, 'forgotten')})" for number in one["exchanges"]]
        more = f" and {len(at) - FEW} more" if len(at) > FEW else ""
        if at:
            fired = "fired at" if one.get("state", "fired") == "fired" else "changed nothing at"
            yield f"{head}: {fired} {', '.join(at[:FEW])}{more}"
        elif one.get("state") in ("armed", "never reached"):
            yield f"{head}: never fired: {one['why']}"
        else:
            yield f"{head}: fired"
