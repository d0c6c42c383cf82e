from __future__ import annotations

from dataclasses import replace
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.jobs import OVER, Draft, Extension, Job, Move, Plan, Status, Timing
from emulator.core.planning import (
    BY_PROVIDER,
    NO_CREDIT,
    NOTICED,
    TIMED_OUT,
    extended,
    identity,
    lot,
    plan,
)
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule
from tests.core.strategies import LOTS, RULES, TIMED, calm, draft, drafts

SOME = lot(0, "stage", 1)
WORDS = "It broke."
SILENT = PlanRule()


def planned(draft: Draft, rule: PlanRule = SILENT, **told: bool) -> Plan:
    return plan(draft, rule, 100, SOME, **told)


def ran_to(end: int, last: Status) -> tuple[Move, ...]:
    return (Move(102, Status.RUNNING), Move(end, last))


@calm
@given(drafted=drafts(limit=st.none()), at=st.integers(0, 9), drawn=LOTS)
def test_draws_stay_within_the_models_timing(drafted: Draft, at: int, drawn: bytes) -> None:
    start, end = plan(drafted, SILENT, at, drawn).moves
    shortest, longest = drafted.timing.queued
    assert shortest <= start.at - at <= longest
    shortest, longest = drafted.timing.running
    assert shortest <= end.at - start.at <= longest


def test_every_wait_goes_with_every_work() -> None:
    """Both bounds are reached, and the two draws of a job do not depend on each other."""
    drafted = draft(timing=Timing(queued=(2, 4), running=(5, 7)))
    plans = [plan(drafted, SILENT, 0, lot(0, "stage", nth)) for nth in range(200)]
    drawn = {(start.at, end.at - start.at) for start, end in (one.moves for one in plans)}
    assert drawn == {(wait, work) for wait in (2, 3, 4) for work in (5, 6, 7)}


@pytest.mark.parametrize(
    ("queued", "running", "moves"),
    [(None, None, (102, 105)), (9, None, (109, 112)), (None, 9, (102, 111)), (0, 0, (100, 100))],
)
def test_a_rules_times_go_before_the_models(
    queued: int | None, running: int | None, moves: tuple[int, ...]
) -> None:
    rule = PlanRule(queued=queued, running=running)
    assert tuple(move.at for move in planned(draft(), rule).moves) == moves


@calm
@given(drafted=drafts(), rule=RULES, drawn=LOTS, later=st.integers(1, 9))
def test_a_plan_is_the_same_at_any_instant(
    drafted: Draft, rule: PlanRule, drawn: bytes, later: int
) -> None:
    now, then = plan(drafted, rule, 0, drawn), plan(drafted, rule, later, drawn)
    shifted = tuple(replace(move, at=move.at + later) for move in now.moves)
    assert replace(now, moves=shifted) == then


@calm
@given(drafted=drafts(), rule=TIMED, drawn=LOTS, covered=st.booleans())
def test_a_plan_goes_forward_and_ends_at_most_once(
    drafted: Draft, rule: PlanRule, drawn: bytes, covered: bool
) -> None:
    made = plan(drafted, rule, 7, drawn, covered=covered)
    instants = [move.at for move in made.moves]
    assert instants == sorted(instants)
    assert min(instants) >= 7
    assert not any(move.to in OVER for move in made.moves[:-1])
    assert [move.to for move in made.moves].count(Status.RUNNING) <= 1
    if drafted.limit is not None:
        assert made.moves[-1].to in OVER
        assert made.moves[-1].at <= 7 + drafted.limit
    if made.moves[-1].to is Status.SUCCEEDED:
        assert 1 <= made.delivers <= drafted.outputs
        assert made.error is None
        assert covered
    if made.moves[-1].to in (Status.FAILED, Status.CANCELLED):
        assert made.error is not None


@pytest.mark.parametrize(
    ("ending", "last", "error"),
    [
        (Ending.SUCCEED, Status.SUCCEEDED, None),
        (Ending.FAIL, Status.FAILED, WORDS),
        (Ending.CANCEL, Status.CANCELLED, BY_PROVIDER),
    ],
)
def test_a_rule_says_how_a_job_ends(ending: Ending, last: Status, error: str | None) -> None:
    made = planned(draft(), PlanRule(ending=ending, error=WORDS))
    assert made.moves == ran_to(105, last)
    assert made.error == error


def test_a_job_that_sticks_never_ends() -> None:
    made = planned(draft(), PlanRule(ending=Ending.STICK))
    assert made.moves == (Move(102, Status.RUNNING),)
    assert made.delivers == 0


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize(
    ("error", "covered", "told"),
    [("Bad.", True, "Bad."), (None, False, NO_CREDIT), ("Bad.", False, NO_CREDIT)],
    ids=["bad", "uncovered", "both"],
)
def test_a_job_that_is_bad_or_uncovered_fails_whatever_the_rule_says(
    ending: Ending, error: str | None, covered: bool, told: str
) -> None:
    made = planned(draft(error=error), PlanRule(ending=ending, error=WORDS), covered=covered)
    assert made.moves == ran_to(105, Status.FAILED)
    assert made.error == told


@pytest.mark.parametrize(
    ("running", "error", "covered", "runs"),
    [
        (NOTICED + 9, None, False, NOTICED),
        (NOTICED - 1, None, False, NOTICED - 1),
        (NOTICED + 9, "Bad.", True, NOTICED + 9),
        (NOTICED + 9, None, True, NOTICED + 9),
    ],
    ids=["uncovered", "uncovered-and-swift", "bad", "good"],
)
def test_a_job_that_is_uncovered_fails_as_soon_as_that_is_noticed(
    running: int, error: str | None, covered: bool, runs: int
) -> None:
    asked = draft(timing=Timing(queued=(2, 2), running=(running, running)), error=error)
    start, end = planned(asked, covered=covered).moves
    assert (start, end.at) == (Move(102, Status.RUNNING), 102 + runs)


@pytest.mark.parametrize(
    ("deliver", "delivers"), [(None, 2), (1, 1), (2, 2), (3, 2)], ids=["all", "1", "2", "3"]
)
def test_a_success_delivers_as_many_as_the_rule_says_and_at_most_all(
    deliver: int | None, delivers: int
) -> None:
    made = planned(draft(outputs=2), PlanRule(deliver=deliver))
    assert made.moves == ran_to(105, Status.SUCCEEDED)
    assert (made.delivers, made.error) == (delivers, None)


def test_a_success_that_delivers_nothing_is_a_failure() -> None:
    made = planned(draft(outputs=2), PlanRule(deliver=0, error=WORDS))
    assert made.moves == ran_to(105, Status.FAILED)
    assert (made.delivers, made.error) == (0, WORDS)


@pytest.mark.parametrize(
    ("limit", "moves", "error"),
    [
        (6, ran_to(105, Status.SUCCEEDED), None),
        (5, ran_to(105, Status.SUCCEEDED), None),
        (4, ran_to(104, Status.FAILED), TIMED_OUT),
        (3, ran_to(103, Status.FAILED), TIMED_OUT),
        (2, (Move(102, Status.FAILED),), TIMED_OUT),
        (1, (Move(101, Status.FAILED),), TIMED_OUT),
        (0, (Move(100, Status.FAILED),), TIMED_OUT),
    ],
)
def test_a_job_that_would_outlast_its_limit_fails_there(
    limit: int, moves: tuple[Move, ...], error: str | None
) -> None:
    made = planned(draft(limit=limit))
    assert (made.moves, made.error) == (moves, error)
    assert made.delivers == (1 if error is None else 0)


@pytest.mark.parametrize("ending", [Ending.FAIL, Ending.CANCEL, Ending.STICK])
def test_the_limit_comes_before_any_later_end(ending: Ending) -> None:
    made = planned(draft(limit=4), PlanRule(ending=ending, error=WORDS))
    assert made.moves == ran_to(104, Status.FAILED)
    assert made.error == TIMED_OUT


def test_a_stuck_job_waits_for_its_limit_however_long() -> None:
    made = planned(draft(limit=50), PlanRule(ending=Ending.STICK))
    assert made.moves == ran_to(150, Status.FAILED)
    assert made.error == TIMED_OUT


@calm
@given(LOTS)
def test_an_id_is_a_version_4_uuid_of_what_was_drawn(drawn: bytes) -> None:
    id = UUID(identity(drawn))
    assert (str(id), id.version, id.variant) == (identity(drawn), 4, RFC_4122)
    kept = ~(0xF << 76 | 0x3 << 62)
    assert id.int & kept == int.from_bytes(drawn, "big") & kept


WORLDS = st.tuples(st.integers(0, 200), st.text("a|1", max_size=3), st.integers(1, 200))


@calm
@given(WORLDS, WORLDS)
def test_what_is_drawn_belongs_to_one_seed_name_and_number(
    one: tuple[int, str, int], other: tuple[int, str, int]
) -> None:
    assert len(lot(*one)) == 16
    assert (lot(*one) == lot(*other)) is (one == other)


def source(**told: object) -> Job:
    """A job whose 4 seconds are there from 5 on."""
    usual: dict[str, object] = {
        "id": "first",
        "number": 1,
        "provider": "acme",
        "submitted": 0,
        "draft": draft(),
        "plan": plan(draft(), SILENT, 0, SOME),
        "hold": 6,
    }
    return Job(**usual | told)  # type: ignore[arg-type]


def extension(seconds: float = 3.0, **told: object) -> Draft:
    terms: dict[str, object] = {"job": "first", "longest": 8.0, "side": 18}
    shot = replace(draft().shot, width=1, height=1, scene="b", seconds=seconds, start="data:,")
    return draft(shot=shot, extends=Extension(**terms | told))  # type: ignore[arg-type]


def test_an_extension_shows_what_it_goes_on_from_and_is_as_long_as_both() -> None:
    asked = extension()
    got = extended(asked, source(), 5)
    assert got == replace(asked, shot=replace(draft().shot, width=32, height=18, seconds=7.0))


def test_a_draft_that_extends_nothing_stays_as_it_is() -> None:
    assert extended(draft(), source(), 5) == draft()
    assert extended(draft(), None, 5) == draft()


@pytest.mark.parametrize(
    ("rate", "outputs", "price", "hold"),
    [(0, 1, 4, 6), (2, 1, 15, 15), (2, 3, 15, 45)],
    ids=["by-the-part", "by-the-whole", "by-the-whole-each"],
)
def test_an_extension_with_a_rate_is_priced_by_its_whole_length(
    rate: int, outputs: int, price: int, hold: int
) -> None:
    got = extended(replace(extension(3.5, rate=rate), outputs=outputs), source(), 5)
    assert (got.price, got.hold) == (price, hold)


def test_an_extension_never_holds_less_than_it_was_asked_to() -> None:
    got = extended(replace(extension(rate=1), hold=50), source(), 5)
    assert (got.price, got.hold) == (7, 50)


FAILS = plan(draft(), PlanRule(ending=Ending.FAIL), 0, SOME)


@pytest.mark.parametrize(
    ("first", "now"),
    [(None, 9), (source(), 1), (source(), 4), (source(cancelled=3), 9), (source(plan=FAILS), 9)],
    ids=["none", "queued", "running", "cancelled", "failed"],
)
def test_only_a_job_that_has_succeeded_can_be_extended(first: Job | None, now: int) -> None:
    no = Refused(
        Reason.BAD_PARAMS, "source_video is not an operation of this key that has succeeded."
    )
    with pytest.raises(Refused) as seen:
        extended(extension(), first, now)
    assert seen.value == no


def test_a_result_that_is_too_long_is_not_extended() -> None:
    assert extended(extension(longest=4.0), source(), 5).shot.seconds == 7.0
    no = Refused(Reason.BAD_PARAMS, "source_video must be at most 3.9 seconds long.")
    with pytest.raises(Refused) as seen:
        extended(extension(longest=3.9), source(), 5)
    assert seen.value == no
