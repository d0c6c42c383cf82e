"""The control plane's side of faults: armed, disarmed, expired, brought along; and never struck."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator.faults.catalogue import catalogue
from emulator.providers.port import Kind
from tests.faults.clients import by_httpx
from tests.faults.raw import CLOSED, RESET, Came, touched
from tests.faults.stand import MANUAL, Make, Stand
from tests.server.raw import Line, until

FAULT = "x-understudy-fault"
HOLDS = {"oxen": (400, "detail"), "omixa": (422, "message")}
"""The status of bad parameters, and where the envelope says what is wrong."""


def models(it: Stand, provider: str = "oxen") -> int:
    return it.call(it.ask(provider, Kind.TABLE)).status_code


def brought(it: Stand, provider: str, header: str) -> Any:
    """The answer to a look at the models that brings a fault along."""
    ask = it.ask(provider, Kind.TABLE)
    headers = {**ask.headers, FAULT: header}
    return it.caller.http.request(ask.method, ask.url, headers=headers)


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_a_header_brings_a_fault_for_its_own_call(provider: str, stand: Make) -> None:
    it = stand(**MANUAL)
    assert brought(it, provider, "refuse").status_code == 500
    assert brought(it, provider, '{"refuse": {"status": 418}}').status_code == 418
    assert models(it, provider) == 200
    assert [one["fault"] for one in it.exchanges()] == ["brought", "brought", None]
    assert it.caller.control("faults")["faults"] == []


def test_a_fault_that_is_brought_along_goes_first_and_the_armed_one_counts(stand: Make) -> None:
    it = stand(**MANUAL)
    id = it.arm({"refuse": {"status": 503}}, "models", on={"nth": 2})
    assert brought(it, "oxen", "refuse").status_code == 500
    assert models(it) == 503
    assert (it.fault(id)["seen"], it.fault(id)["exchanges"]) == (2, [2])


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("refuze", "there is no fault 'refuze'"),
        ("{", "not valid JSON"),
        ('{"refuse": {"status": 200}}', "status"),
        ('{"refuse": {"code": 500}}', "code"),
        ("stick", "cannot befall models"),
        ("reset_connection", "cannot befall models"),
        ("", ""),
    ],
    ids=repr,
)
def test_a_header_that_is_no_fault_is_refused_in_the_providers_envelope(
    provider: str, header: str, says: str, stand: Make
) -> None:
    it = stand(**MANUAL)
    answer = brought(it, provider, header)
    status, place = HOLDS[provider]
    assert answer.status_code == status
    assert says in answer.json()["error"][place]


def test_faults_of_connections_need_a_listener_of_the_worlds_own(stand: Make) -> None:
    it = stand(**MANUAL)
    for do in ("reset_connection", "close_connection", "refuse_connections"):
        for on in ({}, {"operation": "connect"}):
            answer = it.caller.plane("faults", {"do": do, "on": on})
            assert answer.status_code == 422
            assert "listener" in answer.json()["error"]["message"]
    made = {"key": "unmade", "scenario": {"faults": [{"do": "close_connection"}]}}
    answer = it.caller.http.post("/_understudy/worlds", json=made)
    assert answer.status_code == 422
    assert "listener" in answer.json()["error"]["message"]


def test_connections_are_counted_on_a_listener(stand: Make) -> None:
    it = stand(listener=True, **MANUAL)
    port = urlsplit(it.url).port or 0
    it.arm("reset_connection", "connect", on={"nth": 2})
    it.arm("close_connection", "connect", on={"nth": 3})
    ask = it.ask("oxen", Kind.TABLE)
    assert by_httpx(ask) == "200"
    meters = it.caller.emulator.stage.meters
    before = Counter(meters.strikes)
    assert touched(port) == Came(b"", RESET)
    assert touched(port) == Came(b"", CLOSED)
    assert by_httpx(ask) == "200"
    assert meters.strikes - before == {
        ("wire", "reset_connection", False): 1,
        ("wire", "close_connection", False): 1,
    }


def test_connections_are_refused_for_a_span_of_the_worlds_time(stand: Make) -> None:
    it = stand(listener=True, **MANUAL)
    ask = it.ask("oxen", Kind.TABLE)
    id = it.arm("refuse_connections", "connect", on={"between": ["10s", "20s"]})
    seen = []
    for _ in range(3):
        it.caller.control()
        seen.append(by_httpx(ask))
        it.caller.advance("10s")
    assert seen == ["200", "ConnectError", "200"]
    assert it.fault(id)["state"] == "fired"


def test_a_world_may_be_born_refusing_connections(stand: Make) -> None:
    refusing = {"do": "refuse_connections", "until": "10s"}
    it = stand(listener=True, **MANUAL, faults=[refusing])
    it.caller.control()
    ask = it.ask("oxen", Kind.TABLE)
    assert by_httpx(ask) == "ConnectError"
    it.caller.advance("10s")
    it.caller.control()
    assert by_httpx(ask) == "200"


def test_a_listener_serves_its_own_world_alone(stand: Make) -> None:
    it, other = stand(listener=True, **MANUAL), stand(**MANUAL)
    ask = it.ask("oxen", Kind.TABLE)
    strange = other.ask("oxen", Kind.TABLE)
    assert it.call(ask).is_success
    answer = it.caller.http.get(ask.url, headers=strange.headers)
    assert answer.status_code == 401


def test_a_silent_call_is_hung_up_on_when_its_world_is_dropped(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm("stall", "models")
    with Line(it.caller.emulator.port) as line:
        line.say("GET", "/api/ai/models", f"Authorization: Bearer {it.caller.key}")
        live = it.caller.live
        until(lambda: len(live.naps) == 1, "the call hangs")
        it.caller.drop()
        assert line.socket.recv(1) == b""


def test_a_time_to_live_is_the_machines(stand: Make) -> None:
    it = stand(**MANUAL)
    made = it.caller.control("faults", {"do": "refuse", "ttl": 0.05})
    until(lambda: it.fault(made["id"])["ended"] is not None, "its time to live runs out")
    assert it.fault(made["id"])["ended_why"] == "its time to live ran out"
    assert models(it) == 200


def test_a_time_to_live_that_is_no_span_arms_nothing(stand: Make) -> None:
    it = stand(**MANUAL)
    answer = it.caller.plane("faults", {"do": "refuse", "ttl": "soon"})
    assert answer.status_code == 422
    assert "ttl" in answer.json()["error"]["message"]
    assert models(it) == 200


def test_disarming_ends_a_fault_and_what_it_did_is_still_told(stand: Make) -> None:
    it = stand(**MANUAL)
    id, other = it.arm("refuse", "models"), it.arm("refuse", "search")
    assert models(it) == 500
    it.disarm(id)
    it.disarm(id)
    assert models(it) == 200
    assert (it.fault(id)["state"], it.fault(id)["ended_why"]) == ("fired", "it was disarmed")
    assert it.fault(id)["exchanges"] == [1]
    assert it.fault(other)["state"] == "armed"


def test_everything_can_be_disarmed_at_once(stand: Make) -> None:
    it = stand(**MANUAL)
    ids = [it.arm("refuse", "models"), it.arm("stall", "models"), it.arm("reset")]
    answer = it.caller.http.delete(f"{it.plane}/faults")
    assert [one["id"] for one in answer.json()["faults"]] == ids
    assert it.caller.control()["faults"]["armed"] == 0
    assert models(it) == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_fault_is_not_found(method: str, stand: Make) -> None:
    it = stand(**MANUAL)
    answer = it.caller.http.request(method, f"{it.plane}/faults/fault-9")
    assert answer.status_code == 404
    assert "fault-9" in answer.json()["error"]["message"]


def test_an_id_is_taken_once_even_when_its_fault_is_over(stand: Make) -> None:
    it = stand(**MANUAL)
    it.disarm(it.arm("refuse", id="mine"))
    answer = it.caller.plane("faults", {"id": "mine", "do": "refuse"})
    assert answer.status_code == 422
    assert "'mine'" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"do": "refuze"}, "'refuze'"),
        ({"do": "refuse", "on": {"operation": "download_all"}}, "operation"),
        ({"do": "stick", "on": {"operation": "status"}}, "cannot befall"),
        ({"do": "filter", "on": {"provider": "oxen"}}, "cannot befall"),
        ({"do": "reset", "on": {"nth": 0}}, "nth"),
        ({"do": "reset", "on": {"nth": 1, "every": 2}}, "every"),
        ({"do": "cut_body", "phase": "before"}, "phase"),
        ({"do": "reset", "on": {"operation": "connect"}}, "connect"),
        ({"do": "reset", "twice": True}, "twice"),
        ({"do": {"refuse": {"retry_after": "1\r\nx-more: 2"}}}, "retry_after"),
        ({"do": {"redirect": {"to": "/€"}}}, "one line of Latin-1"),
        ({"do": {"content_type": {"type": "text/\nplain"}}}, "one line of Latin-1"),
        ({"do": {"not_json": {"status": 204}}}, "has no body"),
        ({"do": {"redirect": {"status": 304}}}, "has no body"),
    ],
    ids=repr,
)
def test_what_cannot_be_armed_is_refused_with_a_reason(
    fault: dict[str, Any], says: str, stand: Make
) -> None:
    it = stand(listener=True, **MANUAL)
    answer = it.caller.plane("faults", fault)
    assert answer.status_code == 422
    assert says in answer.json()["error"]["message"]
    assert it.caller.control("faults")["faults"] == []


def test_no_fault_ever_befalls_the_control_plane(stand: Make) -> None:
    it = stand(**MANUAL)
    for do, cls in catalogue().items():
        if Kind.CONNECT not in cls.kinds:
            it.arm(do)
    pages = ("", "clock", "jobs", "ledger", "log", "exchanges", "scenario", "coverage", "faults")
    answers = [it.caller.plane(page) for page in pages]
    assert {answer.status_code for answer in answers} == {200}
    it.caller.advance("1s")
    assert it.caller.http.get("/_understudy/health").json()["status"] == "ok"
    assert {one["called"] for one in it.caller.control("faults")["faults"]} == {0}
