"""A world as the control plane shows it: plain JSON, instants as dates, money as dollars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.core.clock import SECOND, Instant, iso
from emulator.core.commands import Happening, Moved
from emulator.core.jobs import Job, Step
from emulator.core.ledger import Account, Kind, Posting
from emulator.core.money import dollars
from emulator.core.plain import plain
from emulator.core.world import World
from emulator.server.live import Live
from emulator.server.recorder import Exchange, Headers, Kept, Recorder, keyless


def world(live: Live) -> dict[str, Any]:
    """A world at a glance."""
    return {
        "name": live.name,
        "clock": clock(live),
        "jobs": len(live.world.jobs),
        "waiting": len(live.world.waiting),
        "subscribers": sum(len(hub.subscribers) for hub in live.hubs.values()),
        "exchanges": live.recorder.count,
        "faults": {"armed": len(live.world.armory.armed), "struck": live.faults.struck},
        **({"url": live.listener.url} if live.listener else {}),
        "accounts": {name: account(live.world.books.account(name)) for name in live.terms},
    }


def clock(live: Live) -> dict[str, Any]:
    """Where the clock stands and how it moves."""
    pace, due = live.clock.pace, live.world.due
    return {
        "now": iso(max(live.clock.now(), live.world.now)),
        "mode": pace.mode.value,
        "speed": pace.speed,
        "next_move": iso(due) if due is not None else None,
    }


def jobs(of: World) -> list[dict[str, Any]]:
    """Every job that is remembered, in order of submission."""
    return [_job(job, of.now) for job in of.jobs.values()]


def ledger(of: World, providers: Iterable[str]) -> dict[str, Any]:
    """The providers' accounts and every posting that is remembered."""
    return {
        "accounts": {name: account(of.books.account(name)) for name in providers},
        "postings": [_posting(one) for one in of.books.postings],
    }


def account(of: Account) -> dict[str, Any]:
    """An account in dollars, and whether it balances."""
    return {
        "deposited": dollars(of.deposited),
        "available": dollars(of.available),
        "held": dollars(of.held),
        "captured": dollars(of.captured),
        "spent": dollars(of.spent),
        "balances": of.balances,
    }


def log(live: Live) -> dict[str, Any]:
    """All that a replay needs: the world's name, its scenario, and the commands in order, of which
    `first` says which the first one is: 1, unless the beginning is forgotten.

    What keys may do is settled before a command is made; they are shown as fingerprints.
    """
    first, entries = live.sequencer.tail()
    return {
        "name": live.name,
        "scenario": plain(keyless(live.world.scenario)),
        "first": first,
        "entries": [{"at": entry.at, "command": plain(entry.command)} for entry in entries],
    }


def exchanges(recorder: Recorder) -> list[dict[str, Any]]:
    """The calls that are remembered, oldest first."""
    return [_exchange(one, recorder) for one in recorder]


def happening(one: Happening) -> dict[str, Any]:
    """A move or a posting, for the live feed."""
    if isinstance(one, Moved):
        return {"at": iso(one.at), "job": one.job.id, "to": one.to.value}
    return _posting(one)


def invoice(of: World) -> str:
    """The ledger as a person reads it: one line a job that cost something, and the sums."""
    lines = []
    for name, one in of.books.accounts.items():
        lines += [f"{of.name}: {name}", ""]
        charges = [
            posting
            for posting in of.books.postings
            if posting.provider == name and posting.kind in (Kind.CAPTURE, Kind.SPEND)
        ]
        lines += [_line(posting, of.jobs) for posting in charges]
        lines += [
            "",
            *(
                f"  {word:<10}{dollars(getattr(one, word)):>14} USD"
                for word in ("deposited", "available", "held", "captured", "spent")
            ),
            "",
        ]
    return "\n".join(lines) or f"{of.name}: nothing was bought\n"


def _line(posting: Posting, known: Mapping[str, Job]) -> str:
    job = known.get(posting.job or "")
    what = f"{job.draft.model}, {_made(job)}" if job else posting.note
    amount = f"{dollars(posting.amount):>12} USD"
    return f"  {iso(posting.at)[:19]}  {posting.job or '-':<36}  {amount}  {what}"


def _made(job: Job) -> str:
    shot = job.draft.shot
    size = f"{shot.width}x{shot.height}"
    length = f"{shot.seconds:g} s, " if shot.kind == "video" else ""
    return f"{job.plan.delivers} x {length}{size}"


def _job(job: Job, now: Instant) -> dict[str, Any]:
    ended = job.ended(now)
    return {
        "id": job.id,
        "number": job.number,
        "provider": job.provider,
        "model": job.draft.model,
        "prompt": job.draft.params.get("prompt"),
        "status": job.status(now).value,
        "submitted": iso(job.submitted),
        "ended": iso(ended) if ended is not None else None,
        "plan": [
            *({"at": iso(move.at), "to": move.to.value} for move in job.plan.moves),
            *(_step(step) for step in job.plan.rest),
        ],
        "error": job.plan.error,
        "outputs": job.draft.outputs,
        "account": job.route + 1,
        "held": dollars(job.hold),
        "charged": dollars(job.charged(now)),
    }


def _step(step: Step) -> dict[str, Any]:
    """A move whose instant is not known yet."""
    after = None if step.span is None else f"{step.span / SECOND:g}s"
    return {"at": None, "to": step.to.value, "after": after, "polls": step.polls}


def _posting(one: Posting) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "provider": one.provider,
        "kind": one.kind.value,
        "amount": dollars(one.amount),
        "job": one.job,
        "note": one.note,
    }


def _exchange(one: Exchange, recorder: Recorder) -> dict[str, Any]:
    return {
        "number": one.number,
        "began": iso(one.began),
        "ended": iso(one.ended),
        "provider": one.provider,
        "operation": one.operation,
        "key": one.key,
        "request": {
            "method": one.method,
            "target": one.target,
            "headers": _headers(one.request_headers),
            "body": _body(one.request_body, recorder),
        },
        "response": {
            "status": one.status,
            "headers": _headers(one.response_headers),
            "body": _body(one.response_body, recorder),
        },
        "frames": one.frames,
        "fault": one.fault or None,
        "family": one.family or None,
        "state": one.state or None,
    }


def _headers(pairs: Headers) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs]


def _body(body: bytes | Kept, recorder: Recorder) -> Any:
    """A body as text; what is not text, or was not kept, as its size and hash."""
    kept = recorder.body(body)
    try:
        if kept is not None:
            return kept.decode()
    except UnicodeDecodeError:
        pass
    if isinstance(body, Kept):
        return {"bytes": body.size, "hash": body.digest}
    return {"bytes": len(body), "hash": ""}
