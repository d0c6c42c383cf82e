from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.jobs import Job, Move, Plan, Status, scaled
from tests.core.strategies import calm, draft, jobs

RANKS = {Status.QUEUED: 0, Status.RUNNING: 1}
ENDS = [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED]
RUNNING_AT_2 = Move(12, Status.RUNNING)


def lives(job: Job) -> range:
    """Every instant of a job's life, and some after its end."""
    return range(job.submitted, job.submitted + 40)


def job(end: Status = Status.SUCCEEDED, **told: object) -> Job:
    """Submitted at 10, it runs at 12 and ends at 15."""
    usual: dict[str, object] = {
        "id": "one",
        "number": 1,
        "provider": "acme",
        "submitted": 10,
        "draft": draft(),
        "plan": Plan(moves=(RUNNING_AT_2, Move(15, end))),
        "hold": 6,
    }
    return Job(**usual | told)  # type: ignore[arg-type]


@calm
@given(jobs())
def test_a_job_never_goes_back(job: Job) -> None:
    for earlier, later in pairwise(job.status(now) for now in lives(job)):
        assert RANKS.get(earlier, 2) <= RANKS.get(later, 2)


@calm
@given(jobs())
def test_an_ended_job_never_moves(job: Job) -> None:
    ended = [now for now in lives(job) if job.status(now).over]
    assert len({job.status(now) for now in ended}) <= 1
    assert ended == list(lives(job))[len(lives(job)) - len(ended) :]


@calm
@given(jobs())
def test_when_it_started_and_ended_agree_with_where_it_stands(job: Job) -> None:
    ran = [now for now in lives(job) if job.status(now) is Status.RUNNING]
    over = [now for now in lives(job) if job.status(now).over]
    for now in lives(job):
        assert job.ended(now) == (over[0] if over and over[0] <= now else None)
        if ran:
            assert job.started(now) == (ran[0] if ran[0] <= now else None)
        else:
            # It never ran, or for no time at all: then it ended as it started.
            assert job.started(now) in (None, job.ended(now))


@calm
@given(jobs())
def test_it_is_charged_at_its_end_once_and_never_more_than_was_held(job: Job) -> None:
    charges = [job.charged(now) for now in lives(job)]
    for now, charged in zip(lives(job), charges, strict=True):
        assert 0 <= charged <= job.hold
        assert charged == (charges[-1] if job.status(now).over else 0)


@pytest.mark.parametrize(
    ("now", "stands", "started", "ended", "charged"),
    [
        (10, Status.QUEUED, None, None, 0),
        (11, Status.QUEUED, None, None, 0),
        (12, Status.RUNNING, 12, None, 0),
        (14, Status.RUNNING, 12, None, 0),
        (15, Status.SUCCEEDED, 12, 15, 4),
        (99, Status.SUCCEEDED, 12, 15, 4),
    ],
)
def test_a_job_stands_where_its_last_move_put_it(
    now: int, stands: Status, started: int | None, ended: int | None, charged: int
) -> None:
    one = job()
    assert one.status(now) is stands
    assert (one.started(now), one.ended(now), one.charged(now)) == (started, ended, charged)


@pytest.mark.parametrize(
    ("cancelled", "now", "stands", "started", "ended"),
    [
        (11, 10, Status.QUEUED, None, None),
        (11, 11, Status.CANCELLED, None, 11),
        (11, 12, Status.CANCELLED, None, 11),
        (11, 99, Status.CANCELLED, None, 11),
        (12, 11, Status.QUEUED, None, None),
        (12, 12, Status.CANCELLED, 12, 12),
        (13, 12, Status.RUNNING, 12, None),
        (13, 13, Status.CANCELLED, 12, 13),
        (13, 99, Status.CANCELLED, 12, 13),
    ],
)
def test_a_cancelled_job_goes_no_further(
    cancelled: int, now: int, stands: Status, started: int | None, ended: int | None
) -> None:
    one = job(cancelled=cancelled)
    assert one.status(now) is stands
    assert (one.started(now), one.ended(now)) == (started, ended)


@pytest.mark.parametrize("end", ENDS)
def test_only_a_success_is_charged(end: Status) -> None:
    assert job(end).charged(99) == (4 if end is Status.SUCCEEDED else 0)


@pytest.mark.parametrize(
    ("delivers", "hold", "charged"),
    [(1, 12, 4), (2, 12, 8), (3, 12, 12), (3, 11, 11), (2, 0, 0)],
)
def test_a_success_is_charged_what_it_delivers_up_to_its_hold(
    delivers: int, hold: int, charged: int
) -> None:
    plan = replace(job().plan, delivers=delivers)
    assert job(draft=draft(outputs=3), plan=plan, hold=hold).charged(15) == charged


@pytest.mark.parametrize(
    ("bills", "hold", "charged"), [(False, 12, 0), (True, 12, 8), (True, 7, 7), (True, 0, 0)]
)
def test_a_cancel_that_bills_is_charged_every_output_up_to_its_hold(
    bills: bool, hold: int, charged: int
) -> None:
    one = job(draft=draft(outputs=2), hold=hold, cancelled=13, cancel_bills=bills)
    assert one.charged(12) == 0
    assert one.charged(13) == one.charged(99) == charged


@pytest.mark.parametrize("stands", Status)
def test_three_statuses_are_ends(stands: Status) -> None:
    assert stands.over is (stands in ENDS)


@pytest.mark.parametrize(("price", "hold"), [(-1, 0), (0, -1), (-1, -1)])
def test_a_draft_costs_and_holds_nothing_below_zero(price: int, hold: int) -> None:
    with pytest.raises(ValueError, match=f"^a draft cannot cost {price} and hold {hold}$"):
        draft(price=price, hold=hold)


@pytest.mark.parametrize(
    ("size", "side", "result"),
    [
        ((1280, 720), 720, (1280, 720)),
        ((1280, 720), 1080, (1920, 1080)),
        ((720, 1280), 480, (480, 854)),
        ((1000, 1000), 720, (720, 720)),
        ((1366, 768), 720, (1280, 720)),
    ],
)
def test_a_picture_is_scaled_by_its_short_side(
    size: tuple[int, int], side: int, result: tuple[int, int]
) -> None:
    assert scaled(*size, side) == result


SIDES = st.integers(1, 4000)


@calm
@given(width=SIDES, height=SIDES, side=SIDES)
def test_a_scaled_picture_has_even_sides_and_keeps_its_shape(
    width: int, height: int, side: int
) -> None:
    wide, high = scaled(width, height, side)
    assert wide % 2 == high % 2 == 0
    factor = side / min(width, height)
    assert abs(wide - width * factor) <= 1.001
    assert abs(high - height * factor) <= 1.001
