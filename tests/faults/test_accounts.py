"""Every fault is accounted for: fired and with which exchanges, or not and why."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.providers.port import Kind
from tests.faults.stand import BODIES, EVENTS, MANUAL, Make, Stand

UNREACHED = [
    ({}, 0, "no call of models came"),
    ({"on": {"provider": "omixa"}}, 2, "no call of omixa.models came"),
    ({"on": {"match": {"method": "PUT"}}}, 2, "2 calls of models came, and none matched"),
    (
        {"on": {"between": ["1h", "2h"]}},
        1,
        "1 call of models came, and none matched yet: its span has not begun",
    ),
    ({"on": {"nth": 3}}, 2, "it waits for matching call 3 of models, and 2 came"),
    ({"on": {"every": 3}}, 2, "it takes one matching call of models in 3, and 2 came"),
    (
        {"on": {"beyond": {"calls": 5, "per": "1m"}}},
        2,
        "2 calls of models matched, and all were within the limit",
    ),
]


def look(it: Stand, times: int) -> None:
    for _ in range(times):
        it.call(it.ask("oxen", Kind.TABLE))


@pytest.mark.parametrize(("more", "calls", "why"), UNREACHED, ids=repr)
def test_a_fault_that_took_no_call_says_why(
    more: dict[str, Any], calls: int, why: str, stand: Make
) -> None:
    it = stand(**MANUAL)
    id = it.arm("refuse", "models", **more)
    look(it, calls)
    told = it.fault(id)
    assert (told["state"], told["why"]) == ("armed", why)
    it.disarm(id)
    told = it.fault(id)
    assert (told["state"], told["why"]) == ("never reached", why)
    assert told["ended_why"] == "it was disarmed"


def test_a_fault_whose_call_another_took_says_so(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "models", times=1)
    id = it.arm("refuse", "models", on={"nth": 1})
    look(it, 1)
    told = it.fault(id)
    assert told["state"] == "never reached"
    assert told["why"] == "it was due for 1 call, but another fault took each"
    assert told["ended_why"] == "another fault took the call that it was for"


def test_a_fault_that_took_calls_names_their_exchanges(stand: Make) -> None:
    it = stand(**MANUAL)
    id = it.arm("refuse", "models", on={"every": 2}, times=2)
    look(it, 5)
    told = it.fault(id)
    assert (told["state"], told["why"]) == ("fired", "")
    assert (told["called"], told["seen"], told["struck"]) == (4, 4, 2)
    assert told["exchanges"] == [2, 4]
    assert told["ended_why"] == "it has struck as often as it was to"
    assert [one["fault"] for one in it.exchanges()] == [None, id, None, id, None]
    assert it.exchanges()[1]["family"] == "answer"


def test_a_fault_that_found_nothing_to_do_says_what_it_looked_for(stand: Make) -> None:
    it = stand(**MANUAL)
    looked = it.arm({"missing": {"path": "nothing.0"}}, "models", times=1)
    look(it, 1)
    assert it.fault(looked)["idle"] == {"1": "the answer has no nothing.0"}
    ended = it.arm("elsewhere", "status", times=1)
    it.call(it.ask("oxen", Kind.JOB, it.submit("oxen")))
    (why,) = it.fault(ended)["idle"].values()
    assert why == "the answer has no link to a result"


def test_a_plan_fault_on_a_submit_that_is_refused_anyway_is_idle(stand: Make) -> None:
    it = stand(**MANUAL)
    id = it.arm("stick", times=1)
    answer = it.caller.call("POST", "/api/ai/queue", json={})
    assert answer.status_code == 400
    (why,) = it.fault(id)["idle"].values()
    assert why.startswith("the call is refused anyway")


@pytest.mark.parametrize("do", ["drain", "failover"])
def test_a_refusal_that_a_fault_brought_about_is_its_own_doing(do: str, stand: Make) -> None:
    it = stand(**MANUAL)
    id = it.arm(do, times=1)
    assert it.call(it.ask("omixa", Kind.SUBMIT)).status_code in (402, 503)
    assert it.fault(id)["idle"] == {}


@pytest.mark.parametrize("do", ["fail", "out_of_credit"])
def test_a_failure_that_a_blocking_call_tells_is_the_faults_own_doing(do: str, stand: Make) -> None:
    it = stand()
    id = it.arm(do, times=1)
    answer = it.caller.call("POST", "/api/ai/videos/generate", json=BODIES["oxen"])
    assert answer.status_code in (400, 402)
    assert it.fault(id)["idle"] == {}


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_stream_that_is_held_up_is_no_idle_fault(phase: str, stand: Make) -> None:
    it = stand()
    id = it.arm({"delay": {"by": "20s"}}, "events", phase=phase, times=1)
    with it.caller.http.stream("GET", EVENTS, headers=it.ask("oxen", Kind.LIST).headers) as heard:
        assert heard.status_code == 200
        assert it.caller.control("clock")["now"] >= "2026-01-01T00:00:20"
    assert it.fired(id)["idle"] == {}


def test_what_was_exercised_is_told_by_operation_family_and_state(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("stale", "status", times=1)
    ask = it.ask("oxen", Kind.JOB)
    it.call(ask)
    it.call(ask)
    rows = it.caller.control("coverage")["coverage"]
    told = {(one["operation"], one["family"], one["state"]): one["calls"] for one in rows}
    assert told == {
        ("enqueue", None, "queued"): 1,
        ("status", "lifecycle", "succeeded"): 1,
        ("status", None, "succeeded"): 1,
    }
