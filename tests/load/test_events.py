from __future__ import annotations

import pytest

from emulator.load.dialects import COMPLETED
from emulator.load.events import ended, frames

STREAM = (
    ": keep-alive\n\n"
    "event: deployment\ndata: {}\n\n"
    f'event: {COMPLETED}\ndata: {{"generation_id":"1",\ndata:"status":"failed"}}\n\n'
    f'event:{COMPLETED}\r\ndata:{{"generation_id":"2","status":"succeeded"}}\r\n\r\n'
    f'event: {COMPLETED}\ndata: {{"generation_id":"3"'
)


def test_ends_are_told_apart_from_all_else() -> None:
    found = [ended(*frame) for frame in frames(STREAM.encode().splitlines(keepends=True))]
    assert found == [None, ("1", "failed"), ("2", "succeeded")]


@pytest.mark.parametrize("data", ["", "[]", "{", '{"generation_id":1,"status":"failed"}', "{}"])
def test_an_event_that_says_no_end_is_none(data: str) -> None:
    assert ended(COMPLETED, data) is None
