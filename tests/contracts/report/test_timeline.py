"""What a timeline tells is what happened: to the client, on the wire, to the jobs, to the money."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.report.drawing import draw
from contracts.report.pins import merged
from contracts.report.timeline import Call, timeline
from contracts.trial import Ill, Trouble
from emulator.core.clock import SECOND
from tests.contracts.report.trials import trials


def test_the_money_of_a_timeline_ends_as_the_account_does() -> None:
    for trial in trials().values():
        last = timeline(trial).money[-1]
        assert (last.held, last.charged) == (trial.account.held, trial.account.captured)


def test_a_lost_answer_is_a_call_without_a_status_that_a_fault_took() -> None:
    told = timeline(trials()["money.lost-answer"])
    assert (told.calls[0].status, told.calls[0].deed) == (None, "lose")
    assert [one.number for one in told.jobs] == [1, 2]
    assert [[two.stands for two in one.stretches] for one in told.jobs] == [
        ["queued", "running", "succeeded"]
    ] * 2


def test_a_client_that_was_killed_starts_again_at_its_next_call() -> None:
    told = timeline(trials()["resume.buys-nothing"])
    assert told.killed is not None
    assert (told.killed - told.began) // SECOND == 15
    assert any(one.about == "kill" for one in draw(told).marks)


def test_the_deadline_is_marked_where_the_trial_reaches_it() -> None:
    late = draw(timeline(trials()["streams.survives-silence"]))
    assert [one.text for one in late.marks] == ["deadline"]
    assert late.breaks
    assert not draw(timeline(trials()["money.lost-answer"])).marks


def test_a_call_that_takes_time_is_as_long_as_it_took() -> None:
    trial = trials()["money.lost-answer"]
    slow = trial.exchanges[1]._replace(ended=trial.exchanges[1].began + 30 * SECOND)
    told = timeline(replace(trial, exchanges=(trial.exchanges[0], slow)))
    short, long = draw(told).pins
    assert short.width == 0
    assert long.width > 10
    assert "for 30 s" in long.title


def test_a_trial_of_which_nothing_is_known_is_drawn_too() -> None:
    trial = trials()["money.lost-answer"]
    trouble = Trouble(Ill.STUCK, "it neither returned nor waited")
    empty = replace(
        trial,
        ended=trial.began,
        settled=trial.began,
        exchanges=(),
        jobs=(),
        trouble=trouble,
    )
    drawing = draw(timeline(empty))
    assert "No job was made." in [one.text for one in drawing.texts]
    assert drawing.height > 0


@given(st.lists(st.tuples(st.floats(0, 80), st.floats(0, 9), st.sampled_from([200, 503, None]))))
def test_no_mark_strays_far_and_no_call_is_lost(
    calls: list[tuple[float, float, int | None]],
) -> None:
    placed = [
        (
            Call(
                number=nth,
                begins=0,
                ends=0,
                operation="status",
                method="GET",
                target="/",
                status=status,
            ),
            left,
            left + width,
        )
        for nth, (left, width, status) in enumerate(sorted(calls, key=lambda one: one[0]), 1)
    ]
    pins = merged(placed, 0, 0, frozenset())
    assert sum(one.count for one in pins) == len(placed)
    assert all(one.x <= 84 for one in pins)
