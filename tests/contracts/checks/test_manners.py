"""How often a client may look, by polls of a job and by lists of all."""

from __future__ import annotations

import pytest

from contracts.findings import KEPT
from tests.contracts.checks.playing import broken, judged, played

CLAUSE = "manners.poll-interval"


@pytest.mark.parametrize("client", ["that_lists_each_second", "that_lists_the_done_each_second"])
def test_whoever_polls_by_the_list_is_held_to_the_same_interval(client: str) -> None:
    trial = played(client, num_generations=2)
    (found,) = judged(CLAUSE, trial)
    assert found.seen == "1 s lay between two looks at the list of jobs, where 5 s are asked for"
    one, two = (trial.exchanges[number - 1] for number in found.exchanges)
    assert (one.operation, two.operation) == ("list", "list")


def test_a_list_in_time_keeps_it() -> None:
    found = judged(CLAUSE, played("that_lists", num_generations=2))
    assert len(found) > 5
    assert set(found) == {KEPT}


def test_another_page_is_another_list() -> None:
    assert not broken(CLAUSE, played("that_turns_pages", num_generations=2))


def test_a_submit_or_a_cancel_is_reason_to_look() -> None:
    assert not judged(CLAUSE, played("that_looks_before_it_buys"))


def test_looking_for_a_job_that_nobody_told_of_is_no_polling() -> None:
    lost = {"faults": [{"do": "lose", "on": {"operation": "enqueue"}}]}
    trial = played("that_searches", scenario=lost)
    assert [one.operation for one in trial.exchanges] == ["enqueue", *["list"] * 4]
    assert not judged(CLAUSE, trial)
