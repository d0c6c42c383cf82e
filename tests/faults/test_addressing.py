"""Which calls a fault takes, over HTTP: by provider, operation, job, look, count and time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from emulator.providers.port import Kind
from tests.faults.sse import parse
from tests.faults.stand import BODIES, EVENTS, MANUAL, Make, Stand
from tests.server.caller import STATUS
from tests.server.raw import Line

QUEUE = "/api/ai/queue"
MODELS = {"oxen": "/api/ai/models", "omixa": "/api/v1/models"}


def struck(answers: Iterable[httpx.Response]) -> list[bool]:
    """Which of the answers a refusal with 500 made."""
    return [answer.status_code == 500 for answer in answers]


def polls(it: Stand, *jobs: str) -> list[bool]:
    """Which polls of these jobs in the Oxen queue are struck."""
    return struck(it.call(it.ask("oxen", Kind.JOB, job)) for job in jobs)


def models(it: Stand, times: int) -> list[bool]:
    """Which of so many looks at Oxen's models are struck."""
    return struck(it.call(it.ask("oxen", Kind.TABLE)) for _ in range(times))


def test_a_fault_of_a_provider_is_not_the_others(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", on={"provider": "omixa"})
    answers = [it.call(it.ask(name, Kind.TABLE)) for name in ("oxen", "omixa")]
    assert struck(answers) == [False, True]


def test_a_fault_of_an_operation_is_not_its_neighbours(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "list")
    kinds = (Kind.LIST, Kind.TABLE, Kind.SUBMIT, Kind.LIST)
    answers = [it.call(it.ask("oxen", kind)) for kind in kinds]
    assert struck(answers) == [True, False, False, True]


def test_an_operation_that_both_providers_have_is_struck_at_both(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "models")
    answers = [it.call(it.ask(name, Kind.TABLE)) for name in ("oxen", "omixa")]
    assert struck(answers) == [True, True]


@pytest.mark.parametrize("do", ["stick", "elsewhere", "gone", "slice"])
def test_a_fault_of_no_operation_waits_for_one_that_it_can_befall(do: str, stand: Make) -> None:
    it = stand(**MANUAL)
    id = it.arm(do, times=1)
    assert models(it, 1) == [False]
    assert it.fault(id)["called"] == 0


def test_a_fault_takes_the_calls_about_one_job_by_its_number_with_the_provider(
    stand: Make,
) -> None:
    it = stand(**MANUAL)
    omixa = it.submit("omixa")
    jobs = [it.submit("oxen") for _ in range(3)]
    it.arm("refuse", "status", on={"job": 2})
    assert polls(it, *jobs) == [False, True, False]
    assert it.call(it.ask("omixa", Kind.JOB, omixa)).is_success


def test_a_submit_is_about_every_job_that_it_would_make(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "enqueue", on={"job": 3}, times=1)
    bodies = [{**BODIES["oxen"], "num_generations": count} for count in (1, 2, 2)]
    answers = [it.caller.call("POST", QUEUE, json=body) for body in bodies]
    assert struck(answers) == [False, True, False]
    assert len(it.jobs()) == 3


def test_a_plan_fault_of_one_job_leaves_the_others_of_its_submit_alone(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm({"fail": {"error": "No."}}, on={"provider": "oxen", "job": 2})
    it.submit("oxen", num_generations=3)
    assert [job["error"] for job in it.jobs()] == [None, "No.", None]


def test_a_fault_takes_the_calls_about_one_job_by_its_id(stand: Make) -> None:
    it = stand(**MANUAL)
    jobs = [it.submit("oxen") for _ in range(2)]
    it.arm("refuse", "status", on={"id": jobs[0]})
    assert polls(it, *jobs) == [True, False]


def test_a_fault_takes_calls_about_jobs_that_stand_where_it_says(stand: Make) -> None:
    it = stand(**MANUAL)
    job = it.submit("oxen")
    it.arm("refuse", "status", on={"states": ["running", "failed"]})
    seen = []
    for by in (0, "6s", "30s"):
        it.caller.advance(by)
        seen += polls(it, job)
    assert seen == [False, True, False]


def test_a_fault_may_look_at_the_method(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "status", on={"provider": "omixa", "match": {"method": "get"}})
    operation = it.submit("omixa")
    answers = [
        it.caller.call("POST", STATUS, json={"operation": operation}),
        it.caller.call("GET", STATUS, params={"operation": operation}),
    ]
    assert struck(answers) == [False, True]


def test_a_fault_may_look_at_the_headers(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", on={"match": {"headers": {"User-Agent": "kite*", "x-try": "2"}}})
    sent = [{"user-agent": "kites/1"}, {"user-agent": "kites/1", "x-try": "2"}, {"x-try": "2"}]
    answers = [it.caller.call("GET", MODELS["oxen"], headers=one) for one in sent]
    assert struck(answers) == [False, True, False]


@pytest.mark.parametrize(
    ("want", "found"),
    [
        ({"prompt": "a kite"}, True),
        ({"prompt": "*ite"}, True),
        ({"prompt": "kite"}, False),
        ({"tags.1.word": "deep"}, True),
        ({"tags.0.word": "deep"}, False),
        ({"tags.9": "deep"}, False),
        ({"n": 2}, True),
        ({"n": "2"}, False),
        ({"none": None}, True),
        ({"missing": None}, False),
        ({"prompt": "a kite", "n": 3}, False),
    ],
    ids=repr,
)
def test_a_fault_may_look_into_the_json_body(
    want: dict[str, Any], found: bool, stand: Make
) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "create", on={"match": {"json": want}})
    body = {**BODIES["omixa"], "tags": ["top", {"word": "deep"}], "n": 2, "none": None}
    assert struck([it.caller.call("POST", "/api/v1/videos/jobs", json=body)]) == [found]


def test_a_body_that_is_no_json_matches_nothing_that_is_to_be_in_it(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "create", on={"match": {"json": {"prompt": "*"}}})
    assert struck([it.caller.call("POST", "/api/v1/videos/jobs", content=b"{")]) == [False]


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({}, "xxxxx"),
        ({"times": 2}, "xx..."),
        ({"on": {"nth": 3}}, "..x.."),
        ({"on": {"every": 2}}, ".x.x."),
        ({"on": {"every": 2}, "times": 1}, ".x..."),
        ({"on": {"beyond": {"calls": 2, "per": "1m"}}}, "..xxx"),
        ({"on": {"beyond": {"calls": 0, "per": "1m"}}}, "xxxxx"),
        ({"on": {"beyond": {"calls": 2, "per": "1m"}}, "times": 1}, "..x.."),
    ],
    ids=repr,
)
def test_a_fault_counts_the_calls_that_match(more: dict[str, Any], taken: str, stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "models", **more)
    assert models(it, 5) == [one == "x" for one in taken]


def test_only_calls_that_match_are_counted(stand: Make) -> None:
    it = stand(**MANUAL)
    jobs = [it.submit("oxen") for _ in range(2)]
    it.arm("refuse", "status", on={"job": 2, "nth": 2})
    first, second = jobs
    assert polls(it, first, second, first, first, second, second) == [*[False] * 4, True, False]


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({"on": {"between": ["10s", "20s"]}}, "..xx.."),
        ({"until": "12s"}, "xxx..."),
        ({"on": {"between": ["5s", "20s"]}, "until": "10s"}, ".x...."),
        ({"on": {"between": ["5s", "20s"], "nth": 2}}, "..x..."),
    ],
    ids=repr,
)
def test_a_fault_lasts_on_the_clock_of_its_world(
    more: dict[str, Any], taken: str, stand: Make
) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "models", **more)
    seen = []
    for _ in taken:
        seen += models(it, 1)
        it.caller.advance("5s")
    assert seen == [one == "x" for one in taken]


def test_a_window_opens_with_a_call_and_closes_in_time(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("refuse", "models", on={"beyond": {"calls": 1, "per": "10s"}})
    seen = []
    for _ in range(6):
        seen += models(it, 1)
        it.caller.advance("4s")
    assert seen == [False, True, True, False, True, True]


def test_a_cap_counts_the_jobs_that_have_not_ended(stand: Make) -> None:
    it = stand(**MANUAL)
    it.submit("omixa")
    it.arm("refuse", "enqueue", on={"beyond": {"jobs": 2}})
    ask = it.ask("oxen", Kind.SUBMIT)
    assert struck(it.call(ask) for _ in range(4)) == [False, False, True, True]
    it.caller.advance("36s")
    assert struck([it.call(ask)]) == [False]


def test_before_a_call_has_an_effect_or_after_it_had_all_of_it(stand: Make) -> None:
    for provider in ("oxen", "omixa"):
        it = stand(**MANUAL)
        ask = it.ask(provider, Kind.SUBMIT)
        it.arm("refuse", phase="before", times=1)
        assert it.call(ask).status_code == 500
        assert (it.jobs(), it.postings()) == ([], [])
        it.arm("refuse", phase="after", times=1)
        assert it.call(ask).status_code == 500
        assert (len(it.jobs()), len(it.postings("hold"))) == (1, 1)


def test_of_two_that_are_due_the_first_takes_the_call_and_the_other_counts_it(
    stand: Make,
) -> None:
    it = stand(**MANUAL)
    first = it.arm({"refuse": {"status": 501}}, "models", times=1)
    second = it.arm({"refuse": {"status": 502}}, "models", times=1)
    third = it.arm({"refuse": {"status": 503}}, "models", on={"nth": 3})
    ask = it.ask("oxen", Kind.TABLE)
    assert [it.call(ask).status_code for _ in range(4)] == [501, 502, 503, 200]
    told = [it.fault(id) for id in (first, second, third)]
    assert [one["exchanges"] for one in told] == [[1], [2], [3]]
    assert [one["passed"] for one in told] == [0, 1, 0]


def told(stand: Make, on: dict[str, Any]) -> list[list[int]]:
    """Of which jobs two connections are told, with that event duplicated which `on` says."""
    it = stand(clock={"mode": "manual"}, plans=[{"queued": 0, "running": "1s"}])
    with Line(it.caller.emulator.port) as one, Line(it.caller.emulator.port) as two:
        jobs = [""]
        it.arm("duplicate", "events", on=on)
        for line in (one, two):
            line.say("GET", EVENTS, f"Authorization: Bearer {it.caller.key}")
            line.head()
        jobs += [it.submit("oxen") for _ in range(3)]
        it.caller.advance("1s")
        it.end_streams()
        return [
            [jobs.index(event.id) for event in parse(b"".join(line.chunks()))]
            for line in (one, two)
        ]


def test_on_a_stream_calls_are_connections_and_events_are_counted_on_each(stand: Make) -> None:
    assert told(stand, {"nth": 2, "event": 2}) == [[1, 2, 3], [1, 2, 2, 3]]
    assert told(stand, {"event": 3}) == [[1, 2, 3, 3], [1, 2, 3, 3]]
    assert told(stand, {"nth": 1}) == [[1, 1, 2, 2, 3, 3], [1, 2, 3]]


def test_on_a_stream_a_job_is_that_of_the_events(stand: Make) -> None:
    assert told(stand, {"job": 2}) == [[1, 2, 2, 3], [1, 2, 2, 3]]


def test_the_faults_of_a_world_are_never_seen_in_another(stand: Make) -> None:
    it, other = stand(**MANUAL), stand(**MANUAL)
    it.arm("refuse")
    assert models(it, 1) + models(other, 1) == [True, False]
    assert other.caller.control("faults")["faults"] == []
