from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.agenda import Agenda
from emulator.core.jobs import Job, Move, Plan, Status
from tests.core.strategies import calm, draft


def job(number: int, at: int) -> Job:
    """A job that begins to run then."""
    plan = Plan(moves=(Move(at, Status.RUNNING),))
    return Job(
        id=f"{number}",
        number=number,
        provider="acme",
        submitted=0,
        draft=draft(),
        plan=plan,
        hold=0,
    )


@calm
@given(
    instants=st.lists(st.integers(0, 9), max_size=12),
    at=st.integers(0, 10),
    most=st.integers(1, 6),
)
def test_up_to_where_it_reaches_lie_as_many_moves_as_were_asked_for(
    instants: list[int], at: int, most: int
) -> None:
    jobs = {f"{nth}": job(nth, instant) for nth, instant in enumerate(instants)}
    agenda = Agenda(jobs, jobs)
    for one in jobs.values():
        agenda.plan(one, 0)
    reached = agenda.reach(at, most)
    by_then = sorted(instant for instant in instants if instant <= at)
    assert reached == (by_then[most - 1] if len(instants) > most <= len(by_then) else at)
    taken = []
    while (due := agenda.take(10)) is not None:
        taken.append(due[0])
    assert taken == sorted(instants)
