"""Plain trials of which nothing can be learned: the client called nobody, or another provider, or
nobody could tell what it printed. To grade it would be to judge how it was attached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.reading import calls
from contracts.subjects.subject import Attached, BadSubject
from contracts.trial import Ill, Parting, Trial
from emulator.core.jobs import Status
from emulator.providers.registry import providers

SHOWN = 5
"""Calls that are told."""


def check(trial: Trial, attached: Attached) -> None:
    """BadSubject for a trial in which nothing was to go wrong, and that says nothing of the client:
    what it did instead, and what it may lack."""
    if trial.virtual and trial.trouble is not None and trial.trouble.kind is Ill.STUCK:
        return  # It was killed with all that is known of its calls.
    provider = trial.case.provider
    reached = {one.provider for one in calls(trial)}
    if reached and provider not in reached:
        other = min(reached)
        raise BadSubject(
            f"the client calls {_title(other)}, and is graded for {_title(provider)}: understudy"
            f" grade {other} …"
        )
    if not reached:
        tried = [f"{one.method} {one.target}" for one in trial.exchanges if one.method]
        hints = () if tried else _hints(trial, attached)
        raise BadSubject("; ".join((_missed(trial, tried), *hints)))
    if trial.parting is not None and _unread(trial, trial.parting):
        raise BadSubject(_misread(trial, trial.parting, attached))


def _missed(trial: Trial, tried: Sequence[str]) -> str:
    """That it called nobody, or nothing that there is, and what came of it."""
    where = _title(trial.case.provider)
    what = f"the client made no call to {where} when nothing went wrong"
    if tried:
        what = f"the client reached no operation of {where} when nothing went wrong: it called "
        what += ", ".join(list(dict.fromkeys(tried))[:SHOWN])
    return f"{what}; {_returned(trial) if trial.virtual else _ended(trial)}"


def _returned(trial: Trial) -> str:
    """What came of a callable."""
    said, trouble = trial.outcome, trial.trouble
    if trouble is None:
        words = said.error or said.reason
        return f"it returned the outcome {said.outcome}" + (f": {words}" if words else "")
    match trouble.kind:
        case Ill.CRASH:
            return f"it raised {trouble.text}"
        case Ill.GARBAGE:
            return f"of what it returned, {trouble.text}"
        case _:
            return f"it had to be stopped: {trouble.text}"


def _ended(trial: Trial) -> str:
    """What came of a program."""
    parting, trouble = trial.parting, trial.trouble
    if parting is None:
        return "nobody knows how it ended" if trouble is None else trouble.text
    if parting.code is not None and parting.code >= 0:
        how = f"it ended with code {parting.code}"
    elif trouble is not None and trouble.kind is not Ill.GARBAGE:
        how = trouble.text
    else:
        how = "it stayed up"
    for name, words in (("stderr", parting.err), ("output", parting.out)):
        if words:
            return f"{how}, and its {name} ends: {_line(words)}"
    return f"{how}, and printed nothing"


def _hints(trial: Trial, attached: Attached) -> Iterator[str]:
    """What it may lack, going by how it is attached."""
    own = trial.intent.base_url
    others = [f"{host}:{port}" for host, port in trial.asked]
    if others := [one for one in dict.fromkeys(others) if not own.endswith(f"/{one}")]:
        yield f"it tried to reach {', '.join(others[:SHOWN])}"
    if not attached.unchanged:
        named = "the intent's base_url"
        if attached.program and not attached.worker:
            yield "a program that has the real hosts written in wants --unchanged"
            named += ", or in UNDERSTUDY_BASE_URL"
        yield f"where to call stands in {named}"
    elif not attached.sandbox:
        yield "a program that heeds no proxy wants --sandbox"


def _unread(trial: Trial, parting: Parting) -> bool:
    """Whether all went well, and something was printed that nobody understands. A client that says
    nothing at all is one whose fault that is."""
    garbage = trial.trouble is not None and trial.trouble.kind is Ill.GARBAGE
    if not garbage or parting.code != 0 or not parting.out:
        return False
    return any(
        job.provider == trial.case.provider and job.status(trial.ended) is Status.SUCCEEDED
        for job in trial.jobs
    )


def _misread(trial: Trial, parting: Parting, attached: Attached) -> str:
    end = _line(parting.out)
    if attached.pattern:
        return f"the pattern found nothing in what the program printed when all went well: {end}"
    if parting.out.rpartition("\n")[2].lstrip().startswith("{") and trial.trouble is not None:
        return f"what the program told when all went well is no outcome: {trial.trouble.text}"
    return (
        "the last line that the program printed when all went well is no outcome; give a --pattern"
        f" that finds the result in what it prints: {end}"
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _title(provider: str) -> str:
    """What a provider is called in a sentence: two words want an article."""
    title = providers()[provider].title
    return f"the {title}" if " " in title else title
