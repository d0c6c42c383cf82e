"""When a search ends before it is through, and what it says then; with a client that is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import TracebackType

import pytest

import contracts.shrink
from contracts.cases import Case
from contracts.grade import Break, Grade
from contracts.only import NoCase
from contracts.report.words import verdict
from contracts.search import ENOUGH, MANY, Profile, Search
from contracts.subjects.subject import Attached
from contracts.trial import Ill, Trial, Trouble
from contracts.troupe import Troupe
from tests.contracts.report.trials import trials

QUIET = "requests.content-type"
"""A clause that nobody here breaks, so that nothing has to be made smaller."""


class Puppet:
    """A subject whose trials are made up."""

    name, virtual, attached = "a:b", True, Attached()

    def __init__(self, acts: Callable[[Case], Trial], abilities: frozenset[str] | None) -> None:
        self._acts = acts
        self.abilities = abilities
        self.played: list[Case] = []

    def play(self, case: Case) -> Trial:
        self.played.append(case)
        return replace(self._acts(case), case=case)

    def __enter__(self) -> Puppet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


def usual() -> Trial:
    return trials()["resume.buys-nothing"]


def stuck(case: Case) -> Trial:
    return replace(usual(), exchanges=(), jobs=(), trouble=Trouble(Ill.STUCK, "it spins"))


def searched(
    acts: Callable[[Case], Trial], abilities: frozenset[str] | None = None, **profile: object
) -> tuple[Search, Puppet]:
    puppet = Puppet(acts, abilities)
    plan = Profile(examples=0, clauses=frozenset({QUIET}), **profile)  # type: ignore[arg-type]
    with Troupe([puppet]) as troupe:
        search = Search(troupe, "oxen", plan)
        search.run()
    return search, puppet


def test_a_client_that_never_calls_and_never_ends_is_given_up_soon_and_that_is_said() -> None:
    search, _ = searched(stuck)
    assert search.grade.given_up
    assert search.grade.trials == ENOUGH
    assert verdict(search.grade).startswith("Given up after 3 trials: it had to be stopped")


def test_one_that_does_call_is_stopped_more_often_before_that() -> None:
    batches = 3

    def now_and_then(case: Case) -> Trial:
        return stuck(case) if case.name.startswith("batch") else usual()

    search, _ = searched(now_and_then)
    assert not search.grade.given_up
    assert search.grade.trials > MANY + batches
    search, _ = searched(lambda case: usual() if case.name == "plain" else stuck(case))
    assert search.grade.given_up
    assert search.grade.trials == 1 + MANY


@pytest.mark.parametrize("flaky", [True, False])
def test_what_a_program_breaks_is_told_if_it_breaks_it_again(*, flaky: bool) -> None:
    id, bad = "money.lost-answer", trials()["money.lost-answer"]
    times = Counter[str]()

    def acts(case: Case) -> Trial:
        name = case.name.rpartition("/")[2]
        times[name] += 1
        return bad if case.name.endswith("stick") and not (flaky and times[name] > 1) else usual()

    puppet = Puppet(acts, None)
    puppet.virtual = False
    with Troupe([puppet]) as troupe:
        only = ("ending/*",)
        plan = Profile(examples=0, clauses=frozenset({id}), only=only)
        grade = Search(troupe, "oxen", plan).run()
    assert (id in grade.broken) is not flaky


def test_a_name_that_no_case_has_is_told_also_where_others_have_to_be_played_to_know() -> None:
    with pytest.raises(NoCase, match=r"\*typo\*"):
        searched(lambda _: usual(), frozenset({"polls", "streams"}), only=("*typo*",))


def test_what_came_out_to_be_no_matter_of_guesses_is_not_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id = "money.lost-answer"
    puppet = Puppet(lambda _: trials()[id], None)
    with Troupe([puppet]) as troupe:
        search = Search(troupe, "oxen", Profile(clauses=frozenset({id})))
        here = search._first()
        assert set(search.grade.broken) == {id}
        monkeypatch.setattr(contracts.shrink, "shrink", partial(withdrawn, search.grade))
        search._shrink(id, here)
    assert not search.grade.broken


def withdrawn(grade: Grade, found: Break, *_: object, **__: object) -> Break:
    """It comes out, while a case is made smaller, that it shows nothing."""
    grade.broken.clear()
    return found


def test_cases_that_were_sent_ahead_are_played_to_their_end_so_that_each_run_plays_the_same() -> (
    None
):
    puppet = Puppet(lambda _: usual(), None)
    cases = [replace(usual().case, name=str(nth)) for nth in range(9)]
    with Troupe([puppet]) as troupe:
        playing: Iterator[Trial] = troupe.play_all(cases)
        next(playing)
        playing.close()  # type: ignore[attr-defined]
    assert [one.name for one in puppet.played] == ["0", "1", "2", "3"]
