"""The search: the fixed order first, then chance; then each broken clause is made small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain
from time import monotonic
from typing import Any, TypeAlias

from contracts import astray
from contracts.capabilities import Can, seen
from contracts.cases import DEADLINE, Case
from contracts.findings import Finding
from contracts.grade import Break, Grade
from contracts.ground import BRIEF, COUNTED, PLAIN, TIMED, Ground, as_asked, ground, plain
from contracts.only import Only
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from contracts.troupe import Troupe
from contracts.walk import polled, polls, unheard, walk

EXAMPLES = 40
"""Combinations that the gate draws."""

HUNTED = 100
"""Combinations that a hunt draws at a time."""

PATIENCE = 40
"""Trials that making a case smaller may take where each takes the machine's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How much is searched: the `gate` draws the same few combinations in every run, a hunt others
    for each seed until its minutes are over, or so many examples were drawn.

    `only` are patterns for the names of cases, `clauses` the ids of those that are judged; empty
    for all. `body` and `deadline_s` are what the client is asked for, if not the usual.
    """

    name: str = "gate"
    seed: int = 0
    minutes: float | None = None
    examples: int = EXAMPLES
    only: Sequence[str] = ()
    clauses: frozenset[str] = frozenset()
    deadline_s: float | None = None
    body: Mapping[str, Any] | None = None


HUNT = 10.0
"""Minutes that a hunt goes on if nobody says otherwise."""

ENOUGH, MANY = 3, 10
"""Trials that had to be stopped before a client is given up: of one that never made a call, and of
any other. Each costs the machine's time."""

UNHEARD, DRAWN = ("unheard/",), ("drawn/",)
"""How the names of cases start of which it is not known at once whether there are any."""

REMEMBERED = 100_000
"""Cases of which it is remembered what they broke."""


def profiled(name: str, **given: Any) -> Profile:
    """The profile of that name, with these of its fields: a hunt has minutes, or so many examples.

    Raises ValueError for another name, and for a gate that is given minutes.
    """
    if name not in ("gate", "hunt"):
        raise ValueError(f"{name!r} is no profile; there is gate and hunt")
    found = Profile(name=name, **{key: one for key, one in given.items() if one is not None})
    if name == "gate" and found.minutes is not None:
        raise ValueError("minutes are for a hunt; the gate is the same in every run")
    if name == "hunt" and found.minutes is None and given.get("examples") is None:
        return replace(found, minutes=HUNT)
    return found


Watch: TypeAlias = Callable[[Grade, Trial], None]
"""Is told of every trial once it was judged."""


def nobody(grade: Grade, trial: Trial) -> None:
    """Watches nothing."""


class Search:
    """One grading of one client."""

    def __init__(
        self,
        troupe: Troupe,
        provider: str,
        profile: Profile,
        watch: Watch = nobody,
    ) -> None:
        self._troupe = troupe
        self._profile = profile
        self._watch = watch
        self._only = Only(profile.only)
        self._known: dict[bytes, frozenset[str]] = {}
        self._seen: dict[str, list[Case]] = {}
        self._stuck = self._called = self._chosen = 0
        self._began = monotonic()
        subject = troupe.first
        self.grade = Grade(
            provider=provider,
            subject=subject.name,
            profile=profile.name,
            seed=profile.seed,
            virtual=subject.virtual,
            chosen=profile.clauses,
        )

    def run(self) -> Grade:
        """Search, and say what came of it. BadSubject if the client cannot be played at all, or
        gets nowhere when nothing goes wrong; NoCase if only cases are wanted that there are not."""
        here = self._first()
        self._only.check(self._names(here), self._starts(here))
        there = self._unheard(here)
        if self._profile.minutes is None:
            self._play(chain(walk(here), there, self._drawn(here)))
        else:
            self._play(chain(walk(here), there))
            self._hunt(here, self._profile.minutes * 60)
        if not self.grade.given_up:
            self._only.missed(DRAWN if self._profile.minutes is not None else ())
        small: set[str] = set()
        while not self.grade.given_up and (
            left := [id for id in self.grade.broken if id not in small]
        ):
            if self.grade.virtual or self._again(left[0]):
                self._shrink(left[0], here)
            small.add(left[0])
        return self.grade

    def _first(self) -> Ground:
        """The plain trial: what the client does when nothing goes wrong."""
        subject = self._troupe.first
        told = subject.abilities
        listens = told is not None and bool(told & {Can.STREAMS, Can.SYNC})
        deadline = self._profile.deadline_s or (DEADLINE if subject.virtual else 30.0)
        rule = TIMED if subject.virtual else BRIEF if listens else COUNTED
        case = plain(self.grade.provider, rule=rule, deadline_s=deadline)
        body = self._profile.body
        self._wanted(case)
        trial = self._troupe.play(case if body is None else replace(case, body=body))
        self._fit(trial)
        astray.check(trial, subject.attached)
        fixed = subject.attached.unchanged
        if fixed:
            trial = as_asked(trial)
        self.grade.abilities = seen(trial) if told is None else told
        self._judge(trial)
        return ground(trial, self.grade.abilities, fixed=fixed)

    def _names(self, here: Ground) -> Iterator[str]:
        """The cases that it is known to be played in, when nothing more is known than the plain
        trial."""
        yield PLAIN
        yield from (case.name for case in walk(here))

    def _starts(self, here: Ground) -> tuple[str, ...]:
        """How the names of others start."""
        draws = self._profile.minutes is not None or self._profile.examples
        return (*(UNHEARD if "events" in here.reached else ()), *(DRAWN if draws else ()))

    def _unheard(self, here: Ground) -> Iterator[Case]:
        """A client that was only seen to listen is played without a stream; where it is struck
        then. Whether one that declares nothing polls at all is seen there."""
        told = self._troupe.first.abilities is not None
        able = here if told else replace(here, abilities=here.abilities | {Can.POLLS})
        case = unheard(able)
        if case is None or not any(map(self._only.may_want, UNHEARD)):
            return iter(())
        trial = self._troupe.play(case)
        there = ground(trial, able.abilities)
        if not told and polls(there):
            self.grade.abilities |= {Can.POLLS}
        if self._wanted(case):
            self._judge(trial)
        return polled(there, case)

    def _wanted(self, case: Case) -> bool:
        wanted = self._only.wants(case)
        self._chosen += wanted
        return wanted

    def _play(self, cases: Iterable[Case]) -> None:
        for trial in self._troupe.play_all(filter(self._wanted, cases)):
            self._judge(trial)
            if self.grade.given_up:
                return

    def _judge(self, trial: Trial) -> list[Finding]:
        self._fit(trial)
        ill = trial.trouble
        self._called += bool(trial.exchanges)
        self._stuck += ill is not None and ill.kind is Ill.STUCK and not trial.exchanges
        self.grade.given_up = self._stuck >= (MANY if self._called else ENOUGH)
        found = self.grade.add(trial)
        self.grade.seconds = monotonic() - self._began
        if len(self._known) < REMEMBERED:
            self._known[_key(trial.case)] = frozenset(one.clause for one in found)
        for one in found:
            self._seen.setdefault(one.clause, [trial.case])[1:] = [trial.case]
        self._watch(self.grade, trial)
        return found

    def _fit(self, trial: Trial) -> None:
        """BadSubject for a client that cannot be played this way."""
        if trial.trouble is not None and trial.trouble.kind is Ill.UNFIT:
            raise BadSubject(
                f"{self.grade.subject}: {trial.trouble.text} (in {trial.case.name}), which cannot"
                " be played; attach it as a program, with `--` and its command, or with --worker"
            )

    def _again(self, id: str) -> bool:
        """Whether a client whose time is the machine's breaks the clause once more with nothing
        else going on: it may be the machine that was slow. If not, nothing is said of it."""
        for case in self._seen[id]:  # The first that did, and the last.
            trial = self._troupe.play(replace(case, name=f"again/{case.name}"))
            if found := [one for one in self._judge(trial) if one.clause == id]:
                self.grade.broken[id] = Break(finding=found[0], trial=trial)
                return True
        self.grade.broken.pop(id, None)
        return False

    def _drawn(self, here: Ground) -> Iterator[Case]:
        """So many combinations as the profile asks for."""
        from contracts.drawn import combinations

        yield from combinations(here, self._profile.examples, self._profile.seed)

    def _hunt(self, here: Ground, seconds: float) -> None:
        """Combinations until the time is over."""
        from contracts.drawn import combinations

        seed, end = self._profile.seed, monotonic() + seconds
        while monotonic() < end and not self.grade.given_up:
            before = self._chosen
            self._play(self._until(combinations(here, HUNTED, seed), end))
            seed += 1
            if self._chosen == before:
                return

    def _until(self, cases: Iterable[Case], end: float) -> Iterator[Case]:
        for case in cases:
            if monotonic() >= end:
                return
            yield case

    def _shrink(self, id: str, here: Ground) -> None:
        from contracts.shrink import TRIES, shrink

        def attempt(cases: Iterable[Case]) -> Iterator[Break | None]:
            named = (replace(one, name=f"smallest/{id}") for one in cases)
            for trial in self._troupe.play_all(named):
                found = [one for one in self._judge(trial) if one.clause == id]
                yield Break(finding=found[0], trial=trial) if found else None

        virtual = self.grade.virtual
        small = shrink(
            self.grade.broken[id],
            here.case(PLAIN),
            attempt,
            worth=lambda case: self._may_break(id, case),
            tries=TRIES if virtual else PATIENCE,
            mild=virtual,
        )
        # Not if it came out meanwhile that it hangs on no guess.
        if id in self.grade.broken:
            self.grade.broken[id] = small

    def _may_break(self, id: str, case: Case) -> bool:
        """Whether it is not known that the case leaves the clause whole."""
        known = self._known.get(_key(case))
        return known is None or id in known


def _key(case: Case) -> bytes:
    """What two cases have in common that are the same but for their names."""
    return blake2b(
        repr(replace(case, name="")).encode(errors="backslashreplace"), digest_size=16
    ).digest()


def search(
    troupe: Troupe,
    provider: str,
    profile: Profile = Profile(),
    watch: Watch = nobody,
) -> Grade:
    """Grade a client: play it through everything, and say which clauses it breaks, and how."""
    return Search(troupe, provider, profile, watch).run()
