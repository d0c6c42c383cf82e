"""Faults: what every way to write one means, and which cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.clock import MINUTE, SECOND
from emulator.core.faults import Beyond, Chaos, Fault, Match, On, Phase
from emulator.core.jobs import Status
from emulator.faults.catalogue import befalls, catalogue, deck, deed, kinds, placed
from emulator.providers.port import Kind
from emulator.scenarios import BadScenario, read, read_fault

STORM = {
    "id": "storm",
    "on": {
        "operation": "status",
        "states": ["succeeded", "failed"],
        "match": {"method": "get", "headers": {"X-A": "b*"}, "json": {"input.0.url": "*kite*"}},
        "every": 3,
        "between": ["10s", "1m"],
        "job": 2,
    },
    "do": {"refuse": {"status": 503, "retry_after": 2}},
    "phase": "after",
    "times": 5,
    "until": "10m",
}


def test_all_that_a_fault_can_say() -> None:
    assert read_fault(STORM, "unused") == placed(
        Fault(
            id="storm",
            do="refuse",
            args={"status": 503, "retry_after": 2},
            phase=Phase.AFTER,
            on=On(
                operation="status",
                states=frozenset({Status.SUCCEEDED, Status.FAILED}),
                match=Match(method="GET", headers={"x-a": "b*"}, json={"input.0.url": "*kite*"}),
                every=3,
                between=(10 * SECOND, MINUTE),
                job=2,
            ),
            times=5,
            until=10 * MINUTE,
        )
    )


RESET = Fault(id="it", do="reset")
HALF = Fault(id="it", do="lose", args={"how": "half"}, phase=Phase.AFTER)
SHORT = [
    ("reset", RESET),
    ({"reset": {}}, RESET),
    ({"reset": None}, RESET),
    ({"do": "reset"}, RESET),
    ({"do": {"reset": {}}}, RESET),
    ({"do": {"reset": None}}, RESET),
    ({"do": "reset", "on": {}}, RESET),
    ({"lose": {"how": "half"}}, HALF),
    ({"do": {"lose": {"how": "half"}}, "phase": "after"}, HALF),
    ({"do": "reset", "id": "mine"}, Fault(id="mine", do="reset")),
]


@pytest.mark.parametrize(("data", "fault"), SHORT, ids=str)
def test_a_fault_can_be_written_shortly(data: Any, fault: Fault) -> None:
    assert read_fault(data, "it") == placed(fault)


ADDRESSES = [
    ({"beyond": {"calls": 5, "per": "1m"}}, On(beyond=Beyond(calls=5, per=MINUTE))),
    ({"beyond": {"jobs": 3}}, On(beyond=Beyond(jobs=3))),
    ({"provider": "omixa", "id": "x"}, On(provider="omixa", id="x")),
    ({"match": {}}, On(match=Match())),
]


@pytest.mark.parametrize(("data", "on"), ADDRESSES, ids=str)
def test_an_address_is_read(data: Any, on: On) -> None:
    assert read_fault({"on": data, "do": "limit"}, "it") == placed(
        Fault(id="it", do="limit", on=on)
    )


def test_a_fault_knows_which_operations_it_can_befall() -> None:
    assert read_fault({"on": {"nth": 1}, "do": "lose"}, "it").on.operations == {
        "omixa.create",
        "oxen.enqueue",
        "oxen.cancel",
        "oxen.generate",
        "oxen.generate_image",
    }
    assert read_fault({"on": {"provider": "omixa"}, "do": "stale"}, "it").on.operations == {
        "omixa.status"
    }
    assert read_fault("reset_connection", "it").on == On(operation="connect")


def test_faults_are_called_by_their_place() -> None:
    named = read({"faults": ["reset", {"id": "b", "do": "stall"}, "close"]}).faults
    assert [one.id for one in named] == ["fault-1", "b", "fault-3"]


def test_an_id_is_there_once() -> None:
    for other in ("fault-1", "a"):
        faults = [{"id": other, "do": "reset"} for _ in range(2)]
        with pytest.raises(BadScenario, match=rf"^faults\[2\]: there is another .* '{other}'$"):
            read({"faults": faults})


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_fault_is_accepted_where_its_deed_can_befall_and_nowhere_else(name: str) -> None:
    cls = catalogue()[name]
    for (provider, operation), kind in kinds().items():
        for on in ({"provider": provider, "operation": operation}, {"operation": operation}):
            can = any(
                befalls(cls, *place)
                for place in (
                    [(provider, kind)]
                    if "provider" in on
                    else [(one[0], found) for one, found in kinds().items() if one[1] == operation]
                )
            )
            assert _accepted({"on": on, "do": name}) is can
    assert _accepted({"on": {"operation": "connect"}, "do": name}) is (Kind.CONNECT in cls.kinds)
    assert _accepted({"do": name})


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_fault_strikes_in_the_phases_that_its_deed_knows(name: str) -> None:
    cls = catalogue()[name]
    assert read_fault(name, "it").phase is cls.phases[0]
    for phase in Phase:
        assert _accepted({"do": name, "phase": phase.value}) is (phase in cls.phases)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_only_a_deed_that_befalls_streams_alone_is_about_one_event(name: str) -> None:
    streams = catalogue()[name].kinds == {Kind.STREAM}
    assert _accepted({"on": {"event": 1}, "do": name}) is streams


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_example_of_a_deed_can_be_armed(name: str) -> None:
    for example in catalogue()[name].examples:
        fault = read_fault({name: example.args}, "it")
        assert deed(fault.do, fault.args) == deed(name, example.args)


def test_chaos_draws_from_the_whole_deck() -> None:
    scenario = read({"chaos": {"seed": 3, "rates": {"answer": 0.05, "wire": 0.02}}})
    assert scenario.chaos == Chaos(seed=3, rates={"answer": 0.05, "wire": 0.02}, deck=deck())
    assert read({"chaos": {"rates": {"answer": 1}}}).chaos == Chaos(
        rates={"answer": 1.0}, deck=deck()
    )


def _accepted(data: Any) -> bool:
    try:
        read_fault(data, "it")
    except BadScenario:
        return False
    return True
