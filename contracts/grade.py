"""What a grading came to: whether each clause was kept, and the smallest case that broke it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.checks import judge
from contracts.findings import Clause, Finding, Level, clauses
from contracts.trial import Flaw, Trial

ASSUMED = 200
"""Trials that are remembered because something broke under what they assumed."""


class State(StrEnum):
    """What is known of a clause. One that never came up, or was skipped, was not kept either."""

    KEPT = "kept"
    BROKEN = "broken"
    SKIPPED = "skipped"
    UNSEEN = "never came up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A clause that was broken: what was seen, and the trial of the smallest case known for it.

    `minimal` says that it was tried to leave out each part of the case, and none can be."""

    finding: Finding
    trial: Trial
    minimal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of one clause: on how many occasions it was kept, and how it was broken.

    `why` is the reason for which it was skipped.
    """

    clause: Clause
    state: State
    occasions: int = 0
    broken: Break | None = None
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Grade:
    """A grading, while it goes on and when it is over.

    `subject` is what the client is called, `attach` how the command line says it, `profile` and
    `seed` how it was searched, `abilities` what it can do, `chosen` the clauses that are judged at
    all, `bare` those that are broken with nothing gone wrong and nothing assumed, `assumed` the
    trials in which something broke under another assumption than the usual one, and what.
    `harness` are answers of ours that break the provider's contract though nothing was to go wrong:
    the harness failed. It was `interrupted` if the search did not come to its end, and `given_up`
    if the client had to be stopped too often for that.
    """

    provider: str
    subject: str
    profile: str = "gate"
    seed: int = 0
    abilities: frozenset[str] = frozenset()
    virtual: bool = True
    attach: tuple[str, ...] = ()
    chosen: frozenset[str] = frozenset()
    trials: int = 0
    interrupted: bool = False
    given_up: bool = False
    seconds: float = 0.0
    kept: dict[str, int] = field(default_factory=dict)
    broken: dict[str, Break] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)
    assumed: list[tuple[Trial, frozenset[str]]] = field(default_factory=list)
    harness: list[tuple[Trial, Flaw]] = field(default_factory=list)

    def add(self, trial: Trial) -> list[Finding]:
        """Judge a trial, and keep what is new; the findings of this trial."""
        self.trials += 1
        bare = len(self.bare)
        found = self._judge(trial)
        if found and trial.case.scenario.assumptions and len(self.assumed) < ASSUMED:
            self.assumed.append((trial, frozenset(one.clause for one in found)))
        if len(self.bare) > bare:
            self._assume_again()
        ours = [flaw for flaw in trial.flaws if flaw.answer]
        self.harness += [(trial, flaw) for flaw in ours]
        return found

    def verdicts(self) -> tuple[Verdict, ...]:
        """What is known of each clause that is judged, in the order of the clauses."""
        return tuple(self._verdict(one) for one in clauses().values() if self._judged(one))

    def themes(self) -> Mapping[str, tuple[Verdict, ...]]:
        """The verdicts by theme."""
        found: dict[str, list[Verdict]] = {}
        for one in self.verdicts():
            found.setdefault(one.clause.theme, []).append(one)
        return {theme: tuple(each) for theme, each in found.items()}

    @property
    def wasted(self) -> int:
        """What the worst of the smallest cases charged for nothing, in micro-dollars."""
        return max((one.trial.wasted for one in self.broken.values()), default=0)

    @property
    def passed(self) -> bool:
        """Whether nothing was broken."""
        return not self.broken

    def _judge(self, trial: Trial) -> list[Finding]:
        found: list[Finding] = []
        for id, occasion in judge(trial, self.abilities, self.bare):
            if trial.case.bare and not occasion.kept:
                self.bare.add(id)
            if self.chosen and id not in self.chosen:
                continue
            if occasion.kept:
                self.kept[id] = self.kept.get(id, 0) + 1
                continue
            found.append(Finding(clause=id, seen=occasion.seen, exchanges=occasion.exchanges))
            self.broken.setdefault(id, Break(finding=found[-1], trial=trial))
        return found

    def _assume_again(self) -> None:
        """More is known to be broken with nothing assumed: what broke under an assumption is judged
        once more. A smallest case stays one if it still shows something."""
        guesses = {id for id, one in clauses().items() if one.level is Level.ASSUMPTION}
        before = [self.broken.pop(id) for id in sorted(guesses & self.broken.keys())]
        for one in before:
            self._still(one.trial, minimal=one.minimal)
        for nth, (trial, was) in enumerate(self.assumed):
            still = self._still(trial)
            for id in was - still:
                self.kept[id] = self.kept.get(id, 0) + 1
            self.assumed[nth] = (trial, still)

    def _still(self, trial: Trial, *, minimal: bool = False) -> frozenset[str]:
        """What the trial breaks by now."""
        found = set()
        for id, occasion in judge(trial, self.abilities, self.bare):
            if not occasion.kept and (not self.chosen or id in self.chosen):
                finding = Finding(clause=id, seen=occasion.seen, exchanges=occasion.exchanges)
                self.broken.setdefault(id, Break(finding=finding, trial=trial, minimal=minimal))
                found.add(id)
        return frozenset(found)

    def _judged(self, clause: Clause) -> bool:
        here = clause.provider in (None, self.provider)
        return here and (not self.chosen or clause.id in self.chosen)

    def _verdict(self, clause: Clause) -> Verdict:
        id, occasions = clause.id, self.kept.get(clause.id, 0)
        lacks = sorted(clause.needs - self.abilities)
        if lacks:
            why = f"the client is not said to do this: {', '.join(lacks)}"
            return Verdict(clause=clause, state=State.SKIPPED, why=why)
        if id in self.broken:
            return Verdict(
                clause=clause, state=State.BROKEN, occasions=occasions, broken=self.broken[id]
            )
        state = State.KEPT if occasions else State.UNSEEN
        return Verdict(clause=clause, state=state, occasions=occasions)


def worst(verdicts: Iterable[Verdict]) -> Level | None:
    """The weightiest level that was broken; None if none was."""
    order = (Level.MONEY, Level.MUST, Level.SHOULD, Level.ASSUMPTION)
    seen = {one.clause.level for one in verdicts if one.state is State.BROKEN}
    return next((level for level in order if level in seen), None)
