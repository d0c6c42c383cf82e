from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.providers.registry import providers
from emulator.server import lines
from emulator.server.recorder import fingerprint
from tests.server.caller import FLUX
from tests.server.inside import House, body, turns

KEY = "omx_live_secret"
SECRET = "omx_live_secret/+"
"""A key that is written in another way in a path and in a query."""


@pytest.fixture(params=[lines.Json, lines.Text])
def said(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the server says in one form and the other."""
    yield from _said(request.param())


@pytest.fixture
def objects() -> Iterator[io.StringIO]:
    yield from _said(lines.Json())


def _said(form: logging.Formatter) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    log, before = lines.log, lines.log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield stream
    log.setLevel(before)
    log.removeHandler(handler)


def read(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


async def test_a_call_is_told_with_all_that_is_known_of_it(objects: io.StringIO) -> None:
    house = House()
    await house.json("GET", "/api/ai/queue", key="k")
    faults = "/_understudy/worlds/k/faults"
    waits = house.open("POST", "/api/ai/images/generate", key="k", body=body(FLUX))
    await turns()
    await house.advance("k", 600)
    await waits.over()
    await house.json("POST", faults, {"id": "no", "do": {"refuse": {"status": 503}}})
    await house.call("GET", "/api/ai/queue?limit=1", key="k")
    listed, waited, refused = read(objects)
    assert {listed["provider"], waited["provider"], refused["provider"]} == {"oxen"}
    assert [one["operation"] for one in (listed, waited, refused)] == [
        "list",
        "generate_image",
        "list",
    ]
    assert (listed["duration"], listed["instant"]) == (0.0, "2026-01-01T00:00:00Z")
    assert waited["duration"] == 600.0
    assert (refused["status"], refused["fault"]) == (503, "no")
    assert refused["target"] == "/api/ai/queue?limit=1"
    assert refused["instant"] == "2026-01-01T00:10:00Z"


async def test_no_line_has_a_key_in_it(said: io.StringIO) -> None:
    house = House()
    for written in (SECRET, quote(SECRET), quote(SECRET, safe="")):
        for path in (f"/api/ai/queue/{written}", f"/api/ai/queue?status={written}"):
            await house.call("GET", path, key=SECRET)
    assert "secret" not in said.getvalue()
    assert len(said.getvalue().splitlines()) == 6


async def test_a_bug_is_told_with_its_traceback_and_without_the_key(
    said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(call: Any, terms: Any) -> Any:
        raise KeyError(f"nothing is known of {KEY}, Bearer {KEY}")

    house = House()
    methods, _ = house.app._providers.front.trees["oxen"].find("/api/ai/queue") or ({}, {})
    (route,) = (one for one in providers()["oxen"].routes if one.operation == "list")
    monkeypatch.setitem(methods, "GET", replace(route, read=broken))  # type: ignore[arg-type]
    talk = await house.call("GET", "/api/ai/queue", key=KEY)
    assert talk.status == 500
    told = said.getvalue()
    assert KEY not in told
    assert f"nothing is known of {fingerprint(KEY)}, Bearer {fingerprint(KEY)}" in told
    if told.startswith("{"):
        bug, call = read(said)
        assert (bug["level"], bug["message"]) == ("error", "GET /api/ai/queue broke the emulator")
        assert bug["exception"].startswith("Traceback (most recent call last)")
        assert "KeyError" in bug["exception"]
        assert (call["level"], call["status"]) == ("debug", 500)
    else:
        assert "Traceback (most recent call last)" in told


async def test_a_key_that_goes_with_a_line_shows_as_its_fingerprint() -> None:
    hidden = lines.Hidden(KEY)
    assert (repr(hidden), str(hidden)) == (fingerprint(KEY), fingerprint(KEY))
    assert lines.Hidden("dev").out_of("the device") == "the device"


@given(message=st.text(), given_=st.text() | st.binary() | st.none())
def test_a_line_is_one_object_whatever_is_said(message: str, given_: Any) -> None:
    record = logging.LogRecord("any", logging.INFO, "", 0, "%s", (message,), None)
    record.fields = {"odd": given_}
    line = lines.Json().format(record)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["message"] == message


LIBRARIES = """
import asyncio, logging, warnings
from emulator.server import lines
lines.begin(lines.Form.JSON, verbose=False)
logging.getLogger("uvicorn.error").warning("of uvicorn")
logging.getLogger("uvicorn.error").info("not said")
warnings.warn("of Python")
async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
asyncio.run(main())
"""


def test_what_libraries_say_has_the_same_form() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIBRARIES], capture_output=True, text=True, timeout=30, check=True
    )
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [one["logger"] for one in told] == ["uvicorn.error", "py.warnings", "asyncio"]
    assert told[0]["message"] == "of uvicorn"
    assert "ZeroDivisionError" in told[2]["exception"]
    assert done.stdout == ""
