"""Patterns for the names of cases: each has to be the name of something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.ground import plain
from contracts.only import NoCase, Only
from contracts.search import Profile, Search
from contracts.troupe import Troupe
from tests.contracts.report.trials import trials
from tests.contracts.test_given_up import Puppet

NAMES = ("plain", "ending/fail", "single/status/1/reset")


@pytest.mark.parametrize(
    ("pattern", "near"),
    [
        ("plian", "'plain'"),
        ("endng/*", "'ending/*'"),
        ("single/statis/*", "'single/status/*'"),
    ],
)
def test_a_name_that_no_case_has_is_told_with_one_that_is_near(pattern: str, near: str) -> None:
    with pytest.raises(NoCase) as told:
        Only(["plain", pattern]).check(NAMES, ("drawn/",))
    assert str(told.value) == (
        f"no case for this client is called '{pattern}'; did you mean {near}? There are plain,"
        " ending/*, single/*, drawn/*"
    )


def test_what_is_not_known_at_once_is_told_once_all_were_seen() -> None:
    only = Only(["*typo*", "drawn/*"])
    only.check(NAMES, ("drawn/",))
    assert not only.wants(plain("oxen"))
    with pytest.raises(NoCase, match=r"'\*typo\*'. There are plain"):
        only.missed(("drawn/",))
    with pytest.raises(NoCase, match="drawn"):
        Only(["drawn/*"]).missed()
    Only(["drawn/*"]).missed(("drawn/",))
    Only([]).missed()


def searched(*only: str) -> list[str]:
    """The cases that a client is played in that is nowhere at fault, or everywhere."""
    puppet = Puppet(lambda case: replace(trials()["money.lost-answer"], case=case), None)
    with Troupe([puppet]) as troupe:
        clauses = frozenset({"money.lost-answer"})
        Search(troupe, "oxen", Profile(examples=0, only=only, clauses=clauses)).run()
    return [one.name for one in puppet.played]


def test_the_plain_case_is_one_whatever_it_shows() -> None:
    assert searched("plain")[0] == "plain"


def test_a_typo_is_told_after_the_plain_trial_whatever_that_showed() -> None:
    with pytest.raises(NoCase, match="'plian'; did you mean 'plain'"):
        searched("plian")
    with pytest.raises(NoCase, match="'endng"):
        searched("ending/*", "endng/*")
