from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import Mode, Pace
from emulator.core.commands import Cancel, Entry, Moved, Outcome, Submit, Tick, Wind
from emulator.core.jobs import Draft, Status, Timing
from emulator.core.ledger import Kind, Posting
from emulator.core.planning import deadline
from emulator.core.scenario import Scenario
from emulator.core.snapshot import take
from emulator.core.world import World
from tests.core.strategies import (
    GAPS,
    LONG,
    NAME,
    SCENARIOS,
    Script,
    calm,
    draft,
    drafts,
    happened,
    leap,
    perform,
    scripts,
    submit,
    whole,
)

RANKS = {Status.QUEUED: 0, Status.RUNNING: 1}


@st.composite
def cut_scripts(draw: st.DrawFn) -> tuple[Script, list[tuple[Entry, ...]]]:
    """A script, and the ticks to put before each of its commands and before its end."""
    script = draw(scripts())
    at, cuts = script.scenario.start, []
    for until in (*(entry.at for entry in script.log), at + LONG):
        instants = draw(st.lists(st.integers(at, min(max(at, until), at + 20)), max_size=3))
        cuts.append(tuple(Entry(tick, Tick()) for tick in sorted(instants)))
        at = until
    return script, cuts


@whole
@given(cut_scripts())
def test_however_time_is_cut_the_same_things_happen(
    cut: tuple[Script, list[tuple[Entry, ...]]],
) -> None:
    script, cuts = cut
    whole, stepped = World(NAME, script.scenario), World(NAME, script.scenario)
    log = (*script.log, Entry(script.end, Tick()))
    told, replies = [], []
    for ticks, entry in zip(cuts, log, strict=True):
        told += happened(perform(stepped, ticks))
        outcome = stepped.apply(entry.at, entry.command)
        told += outcome.happenings
        replies.append(outcome.reply)
    outcomes = perform(whole, log)
    assert told == happened(outcomes)
    assert replies == [outcome.reply for outcome in outcomes]
    assert take(stepped) == take(whole)


@whole
@given(scripts())
def test_a_tick_at_every_move_that_is_due_changes_nothing(script: Script) -> None:
    """As a sequencer does that never lets a move wait."""
    whole, stepped = World(NAME, script.scenario), World(NAME, script.scenario)
    log = (*script.log, Entry(script.end, Tick()))
    outcomes: list[Outcome] = []
    for entry in log:
        for _ in range(LONG):
            if stepped.due is None or stepped.due > entry.at:
                break
            outcomes.append(stepped.apply(stepped.due, Tick()))
        outcomes.append(stepped.apply(entry.at, entry.command))
    assert happened(outcomes) == happened(perform(whole, log))
    assert take(stepped) == take(whole)


@calm
@given(
    said=st.lists(st.tuples(GAPS, drafts(hold=st.just(0))), min_size=2, max_size=8),
    scenario=SCENARIOS,
)
def test_moves_are_told_in_order_of_instant_then_of_submission(
    said: list[tuple[int, Draft]], scenario: Scenario
) -> None:
    world, start = World(NAME, scenario), scenario.start
    for gap, drafted in sorted(said, key=lambda one: one[0]):
        asked = Submit(provider="acme", drafts=(drafted,))
        world.apply(start + gap, asked)
    moves = [one for one in leap(world) if isinstance(one, Moved)]
    order = [(move.at, move.job.number, RANKS.get(move.to, 2)) for move in moves]
    assert order == sorted(order)


@whole
@given(scripts())
def test_a_job_stands_where_it_was_told_to_at_every_instant(script: Script) -> None:
    """Status, start, end and charge are read off a plan; what was told is what was read."""
    world = World(NAME, script.scenario)
    told = happened(perform(world, (*script.log, Entry(script.end, Tick()))))
    moves = [one for one in told if isinstance(one, Moved)]
    captures = [one for one in told if isinstance(one, Posting) and one.kind is Kind.CAPTURE]
    for job in {move.job.id: move.job for move in moves}.values():
        own = [move for move in moves if move.job.id == job.id]
        ranks = [RANKS.get(move.to, 2) for move in own]
        assert ranks == sorted(set(ranks)), "told to go back, twice to the same, or on from an end"
        for now in range(job.submitted, job.submitted + 40):
            seen = [move for move in own if move.at <= now]
            paid = [one.amount for one in captures if one.job == job.id and one.at <= now]
            ran = [move.at for move in seen if move.to is Status.RUNNING]
            over = [move.at for move in seen if move.to.over]
            assert job.status(now) is (seen[-1].to if seen else Status.QUEUED)
            assert job.started(now) == (ran[0] if ran else None)
            assert job.ended(now) == (over[0] if over else None)
            assert job.charged(now) == sum(paid)


def test_a_job_is_told_as_it_goes_and_its_money_before_its_end() -> None:
    world = World(NAME, Scenario(start=100, balance=50))
    (job,) = submit(world, draft())

    def posting(at: int, kind: Kind, amount: int, note: str = "") -> Posting:
        mine = None if note else job.id
        return Posting(at=at, provider="acme", kind=kind, amount=amount, job=mine, note=note)

    assert leap(world) == [
        Moved(102, job, Status.RUNNING),
        posting(105, Kind.CAPTURE, 4),
        posting(105, Kind.RELEASE, 2),
        Moved(105, job, Status.SUCCEEDED),
    ]
    assert list(world.books.postings) == [
        posting(100, Kind.DEPOSIT, 50, "opening balance"),
        posting(100, Kind.HOLD, 6),
        posting(105, Kind.CAPTURE, 4),
        posting(105, Kind.RELEASE, 2),
    ]


def test_a_move_is_settled_before_the_command_of_its_instant() -> None:
    world = World(NAME, Scenario(start=0))
    (job,) = submit(world, draft())
    world.apply(5, Cancel(provider="acme", job=job.id))
    assert world.jobs[job.id].status(5) is Status.SUCCEEDED


def test_a_job_that_takes_no_time_has_ended_when_it_is_answered() -> None:
    world = World(NAME, Scenario(start=0))
    swift = draft(timing=Timing(queued=(0, 0), running=(0, 0)))
    told = world.apply(7, Submit(provider="acme", drafts=(swift,))).happenings
    moves = [(one.at, one.to) for one in told if isinstance(one, Moved)]
    assert moves == [(7, Status.RUNNING), (7, Status.SUCCEEDED)]
    assert world.due is None


def test_a_move_is_told_only_once_a_command_has_reached_its_instant() -> None:
    world = World(NAME, Scenario(start=0))
    submit(world, draft())
    assert [leap(world, step) != [] for step in (1, 1, 2, 1)] == [False, True, False, True]


@whole
@given(scripts())
def test_the_next_move_never_comes_before_it_is_due(script: Script) -> None:
    world = World(NAME, script.scenario)
    for entry in script.log:
        world.apply(entry.at, entry.command)
        living = [world.jobs[id] for id in world.waiting]
        planned = [move.at for job in living for move in job.plan.moves if move.at > world.now]
        planned += [end for id in world.polled if (end := deadline(world.jobs[id])) is not None]
        assert world.due is None or world.due > world.now
        if planned:
            assert world.due is not None
            assert world.due <= min(planned)


def test_time_never_goes_backwards() -> None:
    world = World(NAME, Scenario(start=100))
    submit(world, draft())
    world.apply(103, Tick())
    before = take(world)
    with pytest.raises(ValueError, match=r"^time went backwards in stage: from 103 to 102$"):
        world.apply(102, Tick())
    assert take(world) == before


def test_a_clock_that_takes_another_pace_moves_no_job() -> None:
    world, other = World(NAME, Scenario()), World(NAME, Scenario())
    for one in (world, other):
        submit(one, draft())
    world.apply(world.now, Wind(mode=Mode.AUTO, speed=3.0))
    assert world.pace == Pace(Mode.AUTO, 3.0)
    assert take(world) == replace(take(other), pace=world.pace)
    assert leap(world) == leap(other)
