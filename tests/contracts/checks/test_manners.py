"""How often a client may look, by polls of a job and by lists of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.capabilities import Can, seen
from contracts.findings import KEPT
from contracts.trial import Ill, Trial, Trouble
from emulator.core.clock import SECOND
from emulator.server.recorder import Exchange
from tests.contracts.checks.playing import broken, judged, played

CLAUSE = "manners.poll-interval"
PLAN = [{"queued": "12s", "running": "31s"}]


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


# By lists, as by polls.


def failing(status: int, **more: Any) -> dict[str, Any]:
    """The list is refused with this status, once the job is known."""
    on = {"operation": "list", "nth": 3, **more}
    return {"plans": PLAN, "faults": [{"do": {"refuse": {"status": status}}, "on": on}]}


def test_one_bad_list_is_no_end_of_a_job() -> None:
    clause = "manners.one-bad-poll"
    assert broken(clause, played("that_gives_up_at_a_bad_list", scenario=failing(503))) == [
        "one look at the list of jobs failed (503), and the client gave up: the list was not to be"
        " had"
    ]
    assert judged(clause, played("that_forgives_a_bad_list", scenario=failing(503))) == [KEPT]


def test_a_list_before_there_is_a_job_is_no_poll() -> None:
    trial = played("that_gives_up_at_a_bad_list", scenario=failing(503, nth=1))
    assert trial.exchanges[0].status == 503
    assert not judged("manners.one-bad-poll", trial)


def test_a_list_that_is_refused_for_good_is_not_looked_at_again() -> None:
    clause = "manners.no-poll-after-refusal"
    trial = played("that_lists_with_a_dead_key", scenario=failing(401))
    (found,) = judged(clause, trial)
    assert found.seen == "a poll was refused with 401, and sent again unchanged"
    assert judged(clause, played("that_gives_up_at_a_bad_list", scenario=failing(401))) == [KEPT]
    before = played("that_lists_with_a_dead_key", scenario=failing(401, nth=1))
    assert not judged(clause, before), "what is refused before there is a job is no poll"


@pytest.mark.parametrize(
    ("client", "polls"),
    [("that_lists", True), ("that_turns_pages", True), ("that_looks_and_blocks", False)],
)
def test_who_looks_at_a_list_for_a_job_polls(client: str, polls: bool) -> None:
    trial = played(client)
    shown = replace(trial, exchanges=tuple(one for one in trial.exchanges if not status(one)))
    assert (Can.POLLS in seen(shown)) is polls


def status(one: Exchange) -> bool:
    return one.operation == "status"


# What an answer asks for is right.


@pytest.mark.parametrize("wait", [{"retry_after": 20}, {"retry_at": "20s"}])
def test_pauses_that_were_asked_for_need_not_grow(wait: dict[str, Any]) -> None:
    clause = "manners.growing-delay"
    heeds, steady = (
        played(client, scenario=refused(wait)) for client in ("that_heeds", "that_pauses_steadily")
    )
    assert sum(one.status == 429 for one in heeds.exchanges) >= 5
    assert not broken(clause, heeds)
    assert not broken("manners.not-found", played("that_heeds", scenario=refused(wait, 404)))
    assert not broken(clause, steady), "it was asked for just that"


@pytest.mark.parametrize("wait", [{}, {"retry_after": "soon"}])
def test_pauses_of_its_own_grow(wait: dict[str, Any]) -> None:
    trial = played("that_pauses_steadily", scenario=refused(wait))
    assert broken("manners.growing-delay", trial) == [
        f"{sum(one.status == 429 for one in trial.exchanges)} times in a row it failed, and the"
        " pauses were 20 s, 20 s, 20 s, 20 s"
    ]


def test_pauses_before_a_stream_are_its_own_only_where_nobody_asks_for_them() -> None:
    clause = "streams.no-reconnect-storm"
    for wait, found in (({}, 1), ({"retry_after": 20}, 0), ({"retry_at": "20s"}, 0)):
        scenario = refused(wait, operation="events")
        trial = played("that_opens_the_stream_again", scenario=scenario)
        assert sum(one.status == 429 for one in trial.exchanges) >= 8
        assert len(broken(clause, trial)) == found


def refused(wait: Any, status: int = 429, operation: str = "status") -> dict[str, Any]:
    """An operation is refused for 200 seconds."""
    on = {"operation": operation, "between": ["0s", "200s"]}
    return {"faults": [{"do": {"refuse": {"status": status, **wait}}, "on": on}]}


# A Retry-After that is none.


def told(text: str, **more: Any) -> Trial:
    """A trial whose third answer has this Retry-After."""
    trial = played("that_lists")
    one = trial.exchanges[2]
    odd = one._replace(response_headers=[(b"retry-after", text.encode())])
    found = (*trial.exchanges[:2], odd, *trial.exchanges[3:])
    return replace(trial, exchanges=found, **more)


def test_a_number_of_any_length_is_read() -> None:
    assert not judged("manners.retry-after-seconds", told("9" * 5000))
    assert judged("manners.retry-after-nonsense", told("9" * 5000)) == [KEPT]
    for text in ("86400", "100000"):
        assert judged("manners.retry-after-nonsense", told(text)) == [KEPT]
    assert not judged("manners.retry-after-nonsense", told("86399"))
    assert broken("manners.retry-after-seconds", told("0" * 5000 + "17")) == [
        "Retry-After asked for 17 s, and the next call came after 5 s"
    ]


def test_who_ends_late_for_a_retry_after_is_told_how_late() -> None:
    ended = told("soon").exchanges[2].ended + 1500 * SECOND
    clause = "manners.retry-after-nonsense"
    assert broken(clause, told("soon", ended=ended)) == [
        "Retry-After was 'soon', and the client ended 25 min later, of 10 min that it had"
    ]
    crash = Trouble(Ill.CRASH, "ValueError: could not convert string to float: 'soon'")
    assert broken(clause, told("soon", ended=ended, trouble=crash)) == [
        f"Retry-After was 'soon', and then: {crash}"
    ]
