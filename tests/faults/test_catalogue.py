"""Every fault as three stock clients see it, and the truth of the world behind it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from emulator.faults.catalogue import befalls, catalogue, kinds
from emulator.faults.deed import Truth
from emulator.providers.port import Kind
from tests.faults.cells import Cell, cells
from tests.faults.clients import See
from tests.faults.stand import Ask, Make, Stand
from tests.server.raw import PATIENCE, until

TIMEOUTS = {"ReadTimeout", "TimeoutError"}
SHORT = 0.5
"""Seconds that a client waits which is to give up."""

REFUSING = {"drain", "failover"}
"""What brings it about that the world itself refuses the call."""

TABLE = list(cells())


@pytest.mark.parametrize("cell", TABLE, ids=str)
def test_clients_see_what_the_catalogue_says(
    cell: Cell, client: tuple[str, See], stand: Make
) -> None:
    name, see = client
    example = cell.example
    it = stand(listener=example.kind is Kind.CONNECT)
    ask = it.ask(cell.provider, example.kind)
    if {example.sees.httpx, example.sees.node} & TIMEOUTS:
        ask = replace(ask, timeout=SHORT)
    before = _made(it)
    id = it.arm(**_fault(cell))
    assert it.caller.control()["faults"]["armed"] == 1

    seen = _listened(it, ask, see) if example.kind is Kind.STREAM else see(ask)

    assert seen in getattr(example.sees, name).split(" or ")
    _accounted(it, id, cell)
    if example.kind is not Kind.STREAM:
        after = _made(it)
        assert after == _due(cell, before, after)


def test_every_deed_is_in_the_table_for_every_provider_that_it_can_befall() -> None:
    there = {(cell.do, cell.provider) for cell in TABLE}
    assert {do for do, _ in there} == set(catalogue())
    for do, cls in catalogue().items():
        for (provider, _), kind in kinds().items():
            assert (do, provider) in there or not befalls(cls, provider, kind)


def _fault(cell: Cell) -> dict[str, Any]:
    example = cell.example
    on: dict[str, Any] = {}
    if example.kind is not Kind.CONNECT:
        on["provider"] = cell.provider
    if example.event is not None:
        on["event"] = example.event
    phase = {} if example.phase is None else {"phase": example.phase.value}
    do = {cell.do: dict(example.args)} if example.args else cell.do
    return {"do": do, "operation": cell.operation, "on": on, "times": 1, **phase}


def _listened(it: Stand, ask: Ask, see: See) -> str:
    """What a client sees of a stream on which a job's end is told; then the stream is closed."""
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(see, ask)
        until(lambda: seen.done() or it.caller.control()["subscribers"] == 1, "it listens")
        job = it.caller.enqueue()
        until(lambda: seen.done() or _over(it, job), "the job is over")
        if ask.timeout == SHORT:
            seen.exception(PATIENCE)
        it.end_streams()
        return seen.result(PATIENCE)


def _over(it: Stand, job: str) -> bool:
    return any(one["id"] == job and one["ended"] for one in it.jobs())


def _accounted(it: Stand, id: str, cell: Cell) -> None:
    """The fault tells which exchange it took, and that exchange which fault took it."""
    fault = it.fired(id)
    assert fault["state"] == "fired"
    assert fault["idle"] == {} or cell.do in REFUSING
    if cell.do == "refuse_connections":
        assert fault["exchanges"] == []
        return
    (number,) = fault["exchanges"]
    assert [one["number"] for one in it.exchanges() if one["fault"] == id] == [number]


def _made(it: Stand) -> dict[str, Any]:
    """The jobs and the money that moved so far."""
    return {
        "jobs": [one["id"] for one in it.jobs()],
        "held": [one["job"] for one in it.postings("hold")],
        "spent": [one["note"] for one in it.postings("spend")],
    }


def _due(cell: Cell, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What there should be after the call: a submit made a job and held its money, or neither;
    nothing else did either."""
    due = {name: list(there) for name, there in before.items()}
    submits = cell.example.kind in (Kind.SUBMIT, Kind.CONNECT)
    if submits and cell.example.sees.truth is Truth.COMMITTED:
        new = after["jobs"][len(before["jobs"]) :]
        assert len(new) == 1
        due["jobs"] += new
        due["held"] += [] if cell.do == "out_of_credit" else new
    if cell.do == "drain":
        due["spent"] += ["drained by a fault"]
    return due
