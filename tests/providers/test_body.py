from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.refusals import Reason, Refused
from emulator.providers.body import json_object, whole
from emulator.providers.port import Call
from emulator.providers.sse import comment, frame


def body(content: bytes) -> dict[str, Any]:
    """The object in a call's body."""
    return json_object(Call(method="POST", path="/", body=content))


@pytest.mark.parametrize(
    "content", [b"", b" ", b"{", b"[]", b"null", b"1", b'"{}"', b"{}x", b"\xff\xfe", b"NaN"]
)
def test_what_is_no_json_object_is_a_bad_body(content: bytes) -> None:
    with pytest.raises(Refused) as no:
        body(content)
    assert no.value.reason is Reason.BAD_BODY
    assert no.value.detail


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_make_it_stumble(content: bytes) -> None:
    with suppress(Refused):
        assert isinstance(body(content), dict)


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63))
def test_a_whole_number_is_itself_however_it_is_written(number: int) -> None:
    assert whole(number) == number
    if abs(number) < 2**53:
        assert whole(float(number)) == number


@pytest.mark.parametrize(
    "value", [True, False, None, 1.5, "1", [], {}, float("inf"), -float("inf"), float("nan")]
)
def test_nothing_else_is_a_whole_number(value: Any) -> None:
    assert whole(value) is None


@settings(deadline=None)
@given(data=st.dictionaries(st.text(), st.text() | st.integers(0, 2**53) | st.none()))
def test_a_frame_is_an_event_line_a_data_line_and_an_empty_one(data: dict[str, Any]) -> None:
    event, told, *rest = frame("some_event", data).split(b"\n")
    assert event == b"event: some_event"
    assert told.startswith(b"data: ")
    assert json.loads(told.removeprefix(b"data: ")) == data
    assert rest == [b"", b""]


def test_a_frames_data_is_compact_and_in_order() -> None:
    told = frame("e", {"b": 1, "a": ["x", None]})
    assert told == b'event: e\ndata: {"b":1,"a":["x",null]}\n\n'


def test_a_comment_is_a_line_that_tells_nothing() -> None:
    assert comment("keep-alive") == b": keep-alive\n\n"
