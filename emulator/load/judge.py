"""Compares what users saw with what the provider has: jobs lost, jobs doubled, money.

Users know what was acknowledged; the provider lists what it made. Where the list does not say which
prompt a job is of, jobs that nobody was told of are set off against submits that nobody was
answered: what is left over is doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emulator.load.dialects import job_of
from emulator.load.tally import GONE, OVERDUE, Tally

SHOWN = 10
"""How many examples are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job as the provider lists it; `prompt` is None where the list does not say it."""

    id: str
    over: bool
    charged: int
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger's side: micro-dollars captured before the run and after it, and what the jobs of
    the time before were charged by then."""

    before: int
    after: int
    charged_before: int = 0

    @property
    def captured(self) -> int:
        """What the run cost."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What became of the jobs. `doubled` is None where it is not known, and `at_least` says that
    it may be more."""

    intents: int
    acknowledged: int
    ended: int
    gone: int
    unended: int
    doubled: int | None
    at_least: bool = False
    unknown: int = 0
    unknown_made: int | None = None
    refused: Mapping[str, int] = field(default_factory=dict)
    unclaimed: int = 0
    unheard: int = 0
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Acknowledged, and then not found, or not ended in the stated time."""
        return self.gone + self.unended


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Micro-dollars: what the jobs that ended were charged, and what the ledger captured."""

    jobs: int | None = None
    ledger: int | None = None
    why: str = ""

    @property
    def agrees(self) -> bool | None:
        """Whether both are the same, exactly; None where one is not known."""
        if self.jobs is None or self.ledger is None:
            return None
        return self.jobs == self.ledger


def money(rows: Sequence[Row], books: Books, forgotten: int) -> Money:
    """The jobs' charges against the ledger. Once jobs were forgotten the sum cannot be made."""
    if forgotten:
        why = f"the world forgot {forgotten} ended jobs; a scenario's `keep` says how many stay"
        return Money(ledger=books.captured, why=why)
    charged = sum(row.charged for row in rows if row.over) - books.charged_before
    return Money(jobs=charged, ledger=books.captured)


def unlisted(tally: Tally) -> Jobs:
    """What users saw, where nobody lists the jobs."""
    seen = [word for intent in tally.intents.values() for word in intent.ends.values()]
    return Jobs(
        intents=len(tally.intents),
        acknowledged=_acknowledged(tally),
        ended=sum(word not in (GONE, OVERDUE) for word in seen),
        gone=seen.count(GONE),
        unended=seen.count(OVERDUE),
        doubled=None,
        unknown=_unknown(tally),
        refused=tally.refusals,
        unheard=tally.unheard,
    )


def compare(tally: Tally, rows: Iterable[Row], *, forgotten: int = 0, whole: bool = True) -> Jobs:
    """What became of the jobs that this run made: `rows` are those that were not there before.

    Not `whole` is a tally of which a part was lost with a worker: then a job that nobody knows is
    unclaimed, and not doubled.
    """
    known = {row.id: row for row in rows}
    owner = _owners(tally, known)
    counts = Counter(owner.values())
    strangers = [row.id for row in known.values() if row.id not in owner and row.prompt is None]
    foreign = len(known) - len(owner) - len(strangers)
    answerless = [
        prompt
        for prompt, intent in tally.intents.items()
        if not counts[prompt] and (intent.unknown or "" in intent.made)
    ]
    spare = max(0, len(strangers) - len(answerless))
    extra = spare if whole else 0
    twice = {prompt: times for prompt, times in counts.items() if times > 1}
    told = {job_of(id) for intent in tally.intents.values() for id in (*intent.made, *intent.hints)}
    untold = sum(id not in told for id in (*owner, *strangers))
    silent = sum(intent.made.count("") - len(intent.hints) for intent in tally.intents.values())
    gone, unended, ended = _followed(tally, known, forgotten)
    return Jobs(
        intents=len(tally.intents),
        acknowledged=_acknowledged(tally),
        ended=ended,
        gone=len(gone) + max(0, silent - untold),
        unended=len(unended),
        doubled=sum(twice.values()) - len(twice) + extra,
        at_least=bool(strangers and answerless)
        and any(one.unknown and counts[prompt] for prompt, one in tally.intents.items()),
        unknown=_unknown(tally),
        unknown_made=max(0, untold - silent - spare + extra),
        refused=tally.refusals,
        unclaimed=foreign + spare - extra,
        unheard=tally.unheard,
        examples=_shown(
            doubled=(*twice, *strangers[len(strangers) - extra :]), gone=gone, unended=unended
        ),
    )


def _owners(tally: Tally, known: Mapping[str, Row]) -> dict[str, str]:
    """Which intent each job is of, as far as an answer, a link or the list says it."""
    owner = {
        id: row.prompt for id, row in known.items() if row.prompt and row.prompt in tally.intents
    }
    for prompt, intent in tally.intents.items():
        for id in (*map(job_of, intent.made), *intent.hints):
            if id in known:
                owner[id] = prompt
    return owner


def _followed(
    tally: Tally, known: Mapping[str, Row], forgotten: int
) -> tuple[list[str], list[str], int]:
    """The acknowledged ids that are gone, those that did not end in time, and how many ended."""
    gone, unended, ended = list[str](), list[str](), 0
    for intent in tally.intents.values():
        ended += len(intent.hints)
        for id in filter(None, intent.made):
            word, row = intent.ends.get(id, ""), known.get(job_of(id))
            if word == GONE or (row is None and not (forgotten and word)):
                gone.append(id)
            elif word == OVERDUE or (row is not None and not row.over):
                unended.append(id)
            else:
                ended += 1
    return gone, unended, ended


def _acknowledged(tally: Tally) -> int:
    return sum(len(intent.made) for intent in tally.intents.values())


def _unknown(tally: Tally) -> int:
    return sum(intent.unknown for intent in tally.intents.values())


def _shown(**found: Sequence[str]) -> dict[str, Sequence[str]]:
    return {name: list(ones[:SHOWN]) for name, ones in found.items() if ones}
