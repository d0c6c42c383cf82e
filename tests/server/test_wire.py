from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import EPOCH
from emulator.core.refusals import Reason, Refused
from emulator.server import wire

NAMES = st.sampled_from([b"host", b"accept", b"x-a"])


@given(pairs=st.lists(st.tuples(NAMES, st.binary(max_size=5)), max_size=6))
def test_headers_are_the_mapping_of_their_last_values(pairs: list[tuple[bytes, bytes]]) -> None:
    asked = wire.Asked(pairs)
    plain = {name.decode(): value.decode("latin-1") for name, value in pairs}
    assert dict(asked) == plain
    assert len(asked) == len(plain)
    assert asked.get("x-b") is None


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"a=x%20y+z%26", {"a": "x y z&"}),
        (b"a=%D0%BA", {"a": "к"}),
        (b"a=%FF", {"a": "\ufffd"}),
    ],
)
def test_the_parameters_of_a_query(query: bytes, params: dict[str, str]) -> None:
    assert wire.query({"query_string": query}) == params


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer k", "k"),
        ("bearer  k ", "k"),
        ("Bearer a b", "a b"),
        ("Basic k", None),
        ("k", None),
    ],
)
def test_the_key_of_a_bearer(header: str | None, key: str | None) -> None:
    assert wire.bearer(None if header is None else header.encode()) == key


def received(pieces: list[bytes], *, gone: bool = False) -> Any:
    """A `receive` that gives these pieces of a body."""
    last = len(pieces) - 1
    mail: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": gone or nth < last}
        for nth, piece in enumerate(pieces)
    ]
    mail += [{"type": "http.disconnect"}] if gone else []
    messages = iter(mail)

    async def receive() -> Any:
        return next(messages)

    return receive


@settings(deadline=None)
@given(pieces=st.lists(st.binary(max_size=20), min_size=1, max_size=6), limit=st.integers(0, 60))
def test_a_body_is_the_sum_of_its_pieces_up_to_the_limit(pieces: list[bytes], limit: int) -> None:
    whole = b"".join(pieces)
    if len(whole) <= limit:
        assert asyncio.run(wire.body(received(pieces), limit)) == whole
    else:
        with pytest.raises(Refused) as no:
            asyncio.run(wire.body(received(pieces), limit))
        assert no.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"", b"b"]])
async def test_a_caller_that_leaves_while_its_body_is_read_is_gone(pieces: list[bytes]) -> None:
    with pytest.raises(wire.Gone):
        await wire.body(received(pieces, gone=True), 100)


def test_a_date_is_the_second_in_which_the_instant_lies() -> None:
    expected = (b"date", b"Thu, 01 Jan 2026 00:00:00 GMT")
    assert wire.date(EPOCH) == wire.date(EPOCH + 999_999) == expected
    assert wire.date(EPOCH + 1_000_000) == (b"date", b"Thu, 01 Jan 2026 00:00:01 GMT")
