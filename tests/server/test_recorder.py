from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Limits
from emulator.core.clock import EPOCH
from emulator.server import recorder as recording
from emulator.server.recorder import INLINE_LIMIT, Kept, Noted, Recorder, fingerprint
from tests.server.caller import CREATE, FLUX, VEO, Caller
from tests.server.inside import House, body

BIG = [bytes([letter]) * (INLINE_LIMIT + 1) for letter in b"abc"]
BODIES = [b"", b"x", b"y" * INLINE_LIMIT, *BIG]


def noted(request: bytes = b"", response: bytes | Kept = b"") -> Noted:
    return Noted("GET", b"/", b"", [], 0, 200, [], response, request_body=request)


@settings(deadline=None)
@given(
    ring=st.integers(0, 4),
    pairs=st.lists(st.tuples(st.sampled_from(BODIES), st.sampled_from(BODIES)), max_size=20),
)
def test_a_recorder_holds_its_last_exchanges_and_their_bodies_and_nothing_else(
    ring: int, pairs: list[tuple[bytes, bytes]]
) -> None:
    recorder = Recorder(ring)
    for nth, pair in enumerate(pairs, start=1):
        recorder.note(noted(*pair))
        assert len(recorder) == min(nth, ring)
    kept = pairs[-ring:] if ring else []
    assert recorder.count == len(pairs)
    numbers = range(1, len(pairs) + 1)
    assert [one.number for one in recorder] == [*numbers][len(pairs) - len(kept) :]
    bodies = [(one.request_body, one.response_body) for one in recorder]
    assert [tuple(map(recorder.body, pair)) for pair in bodies] == kept
    big = {one for pair in kept for one in pair if len(one) > INLINE_LIMIT}
    assert {data for data, _ in recorder._bodies.values()} == big


def test_a_big_body_is_kept_once_and_a_small_one_where_it_is() -> None:
    recorder = Recorder()
    for _ in range(3):
        recorder.note(noted(BIG[0], BIG[0]))
    recorder.note(noted(BODIES[2], BIG[1]))
    assert len(recorder._bodies) == 2
    *same, last = recorder
    refs = {body for one in same for body in (one.request_body, one.response_body)}
    assert refs == {Kept(same[0].request_body[0], INLINE_LIMIT + 1)}
    assert last.request_body == BODIES[2]


def test_a_body_that_was_never_kept_is_known_by_its_size() -> None:
    recorder = Recorder(1)
    for _ in range(2):
        one = noted(response=Kept("hash", 10**9))
        recorder.note(one)
        assert recorder.body(one.response_body) is None


def test_big_bodies_push_out_the_oldest_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "KEPT", 3 * len(BIG[0]))
    recorder = Recorder()
    recorder.note(noted())
    for sent in (BIG[0], BIG[0], BIG[1], BIG[2]):
        recorder.note(noted(sent))
    assert [one.number for one in recorder] == [1, 2, 3, 4, 5]
    recorder.note(noted(b"d" * len(BIG[0])))
    assert [one.number for one in recorder] == [4, 5, 6]
    recorder.note(noted(b"e" * 10 * len(BIG[0])))
    assert [one.number for one in recorder] == [7]
    assert recorder.held == 10 * len(BIG[0])


SECRET = "omx_live_secret"


@pytest.mark.parametrize(
    "header",
    ["Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "X-Secret"],
)
async def test_a_header_that_may_hold_a_secret_is_not_recorded(header: str) -> None:
    house = House()
    headers = {header: f"Bearer {SECRET}", "idempotency-key": "order-7"}
    await house.call("GET", "/api/ai/queue", headers=headers)
    recorder = house.live(SECRET).recorder if header == "Authorization" else house.stage.journal
    (seen,) = recorder
    assert SECRET.encode() not in b"".join(value for _, value in seen.request_headers)
    assert dict(seen.request_headers) == {b"host": b"emulator.test", b"idempotency-key": b"order-7"}


async def test_a_key_that_is_told_elsewhere_is_recorded_as_its_fingerprint() -> None:
    house = House()
    await house.enqueue(SECRET, {**VEO, "prompt": f"{SECRET}?"})
    await house.call("GET", f"/api/ai/queue/{SECRET}?key={SECRET}", key=SECRET)
    await house.call("GET", "/api/ai/queue", key=SECRET, headers={"x-note": SECRET})
    mark = fingerprint(SECRET)
    made, odd, listed = house.live(SECRET).recorder
    assert f'"{mark}?"'.encode() in made.request_body
    assert odd.target == f"/api/ai/queue/{mark}?key={mark}"
    assert (b"x-note", mark.encode()) in listed.request_headers
    assert f'"{mark}?"'.encode() in listed.response_body


async def test_a_target_is_recorded_as_it_was_sent_with_no_key_in_it() -> None:
    house, odd = House(), "omx+live?1%"
    await house.enqueue(odd, VEO)
    await house.call("GET", "/api/ai/queue/a%3Fc?d=%20", key=odd)
    await house.call("GET", f"/api/ai/queue/{quote(odd, safe='')}?key={quote(odd)}", key=odd)
    _, one, two = house.live(odd).recorder
    assert one.target == "/api/ai/queue/a%3Fc?d=%20"
    assert two.target == f"/api/ai/queue/{fingerprint(odd)}?key={fingerprint(odd)}"


def test_a_fingerprint_stands_for_a_key_and_does_not_show_it() -> None:
    keys = [f"omx_live_{nth}" for nth in range(1000)]
    prints = {fingerprint(key) for key in keys}
    assert len(prints) == 1000
    assert not [key for key in keys for one in (fingerprint(key),) if key[-6:] in one]
    assert fingerprint("a") == fingerprint("a")


def test_an_exchange_is_kept_as_it_was_on_the_wire(caller: Caller) -> None:
    caller.advance(5)
    sent = body({**VEO, "prompt": "“kite”"})
    answer = caller.call(
        "POST", "/api/ai/queue?a=1&b=%20", content=sent, headers={"X-Odd": "a\x20 b"}
    )
    (seen,) = caller.control("exchanges")["exchanges"]
    assert (seen["number"], seen["provider"], seen["operation"]) == (1, "oxen", "enqueue")
    assert seen["began"] == seen["ended"] == "2026-01-01T00:00:05Z"
    assert seen["key"] == fingerprint(caller.key)
    assert seen["frames"] is None
    request, response = seen["request"], seen["response"]
    assert (request["method"], request["target"]) == ("POST", "/api/ai/queue?a=1&b=%20")
    assert request["body"] == sent.decode()
    assert ["x-odd", "a  b"] in request["headers"]
    assert "authorization" not in dict(request["headers"])
    assert response["status"] == 200
    assert response["body"] == answer.text
    assert dict(response["headers"]) == dict(answer.headers)


def test_a_body_that_is_no_text_is_shown_by_its_size(caller: Caller) -> None:
    caller.call("POST", CREATE, content=b"\xff\x00")
    caller.call("POST", CREATE, content=b"\xff" * 5000)
    small, big = (one["request"]["body"] for one in caller.control("exchanges")["exchanges"])
    assert small == {"bytes": 2, "hash": ""}
    assert big["bytes"] == 5000
    assert len(big["hash"]) == 32


def test_a_big_body_is_shown_whole(caller: Caller) -> None:
    prompt = "kite " * 5000
    caller.enqueue(prompt=prompt)
    (seen,) = caller.control("exchanges")["exchanges"]
    assert prompt in seen["request"]["body"]


async def test_a_world_forgets_the_oldest_exchange_and_its_body() -> None:
    house = House(limits=Limits(exchanges=3))
    big = {**VEO, "prompt": "kite " * 2000}
    await house.enqueue("k", big)
    recorder = house.live("k").recorder
    for left in (1, 1, 0, 0):
        await house.json("GET", "/api/ai/queue?status=failed", key="k")
        assert len(recorder._bodies) == left
    assert (len(recorder), recorder.count) == (3, 5)
    for _ in range(5):
        await house.call("GET", "/api/ai/queue")
    assert (len(house.stage.journal), house.stage.journal.count) == (3, 5)


async def test_a_stream_is_recorded_as_the_range_of_frames_it_was_sent() -> None:
    house = House()
    early = await house.listen("k")
    await house.enqueue("k", FLUX)
    await house.advance("k", "1h")
    late = await house.listen("k")
    await house.enqueue("k", FLUX)
    early.hang_up()
    await early.over()
    await house.enqueue("k", FLUX)
    await house.advance("k", "1h")
    late.hang_up()
    await late.over()
    streams = [one for one in house.live("k").recorder if one.operation == "events"]
    assert [one.frames for one in streams] == [(0, 1), (1, 3)]
    assert [one.began - EPOCH for one in streams] == [0, 3_600_000_000]
    assert [one.ended - EPOCH for one in streams] == [3_600_000_000, 7_200_000_000]
    assert [one.response_body for one in streams] == [b"", b""]
    assert dict(streams[0].response_headers)[b"content-type"] == b"text/event-stream"


async def test_a_stream_that_heard_nothing_has_an_empty_range() -> None:
    house = House()
    stream = await house.listen("k")
    await house.advance("k", "1h")
    stream.hang_up()
    await stream.over()
    (seen,) = house.live("k").recorder
    assert seen.frames == (0, 0)


def test_a_call_that_is_refused_is_recorded_too(world: Callable[..., Caller]) -> None:
    caller = world(balance="0")
    caller.call("POST", "/api/ai/queue", json=VEO)
    caller.call("GET", "/api/ai/queue/nothing")
    caller.call("POST", CREATE, content=b"{")
    seen = [one["response"]["status"] for one in caller.control("exchanges")["exchanges"]]
    assert seen == [402, 404, 422]
