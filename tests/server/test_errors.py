from __future__ import annotations

import logging
import socket
from typing import Any

import httpx
import pytest

from emulator import Emulator, Limits
from emulator.core.clock import Mode, Pace
from emulator.providers.registry import providers
from tests.server.caller import CREATE, FLUX, KLING, LITE, STATUS, VEO, Caller
from tests.server.inside import House, body, turns
from tests.server.raw import Line

QUEUE = "/api/ai/queue"
SYNC = "/api/ai/videos/generate"
IMAGE = "/api/ai/images/generate"
OXEN, OMIXA = "oxen", "omixa"

NEUTRAL = {"error": {"message": "Neither the path nor the host belongs to an emulated provider."}}


def envelope(answer: httpx.Response) -> str:
    """Whose error envelope it is."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    data = answer.json()
    if data == NEUTRAL:
        return "neutral"
    if set(data) == {"error"} and set(data["error"]) == {"message", "type", "code"}:
        return OMIXA
    if set(data) == {"error", "status", "status_message"}:
        assert data["status"] == "error"
        assert data["status_message"] == data["error"]["type"]
        return OXEN
    raise AssertionError(f"{data} is nobody's envelope")


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/api/nothing", OXEN),
        ("/api/", OXEN),
        ("/api/ai/queue/", OXEN),
        ("/api/ai/queue/x/y", OXEN),
        ("/api//ai/queue", OXEN),
        ("/api/ai", OXEN),
        ("/api/ai/Queue", OXEN),
        ("/api/events/", OXEN),
        ("/api/ai/models/", OXEN),
        ("/api/v1/", OMIXA),
        ("/api/v1/videos", OMIXA),
        ("/api/v1/videos/jobs/", OMIXA),
        ("/api/v1/videos/jobs/status/", OMIXA),
        ("/api/v1/videos/files/", OMIXA),
        ("/api/v1/models/veo-3.1-lite-generate-001", OMIXA),
        ("/", "neutral"),
        ("/api", "neutral"),
        ("/apis/ai/queue", "neutral"),
        ("/favicon.ico", "neutral"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS"])
def test_an_unknown_path_is_404_in_the_envelope_of_whose_it_is(
    caller: Caller, method: str, path: str, whose: str
) -> None:
    answer = caller.call(method, path)
    assert (answer.status_code, envelope(answer)) == (404, whose)


HOSTS = [
    ("hub.oxen.ai", OXEN),
    ("HUB.OXEN.AI:443", OXEN),
    ("dev.hub.oxen.ai", OXEN),
    ("www.omixa.cloud", OMIXA),
    ("omixa.cloud:80", OMIXA),
    ("oxen.ai", "neutral"),
    ("hub.oxen.ai.evil.test", "neutral"),
    ("localhost", "neutral"),
    ("", "neutral"),
]


@pytest.mark.parametrize(("host", "whose"), HOSTS)
@pytest.mark.parametrize("path", ["/", "/v2/things", "/api"])
def test_outside_the_providers_paths_the_host_decides(
    caller: Caller, host: str, path: str, whose: str
) -> None:
    answer = caller.call("GET", path, headers={"host": host})
    assert (answer.status_code, envelope(answer)) == (404, whose)


@pytest.mark.parametrize("host", [host for host, _ in HOSTS])
def test_within_the_providers_paths_the_host_does_not_matter(caller: Caller, host: str) -> None:
    assert caller.call("GET", QUEUE, headers={"host": host}).json()["count"] == 0
    assert "data" in caller.call("GET", "/api/v1/models", headers={"host": host}).json()


METHODS = [
    (QUEUE, "GET, POST"),
    (f"{QUEUE}/id", "DELETE, GET"),
    ("/api/ai/generations", "GET"),
    ("/api/ai/models/search", "GET"),
    (SYNC, "POST"),
    ("/api/events", "GET"),
    ("/api/repos/a/b", "GET"),
    (CREATE, "POST"),
    (STATUS, "GET, POST"),
    ("/api/v1/models", "GET"),
    ("/api/v1/videos/files/x.mp4", "GET"),
]


@pytest.mark.parametrize(("path", "allowed"), METHODS)
def test_a_wrong_method_is_405_and_told_the_right_ones(
    caller: Caller, path: str, allowed: str
) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        if method in allowed.split(", "):
            continue
        answer = caller.call(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed
        assert envelope(answer) == (OMIXA if path.startswith("/api/v1/") else OXEN)


@pytest.mark.parametrize("path", [path for path, _ in METHODS])
def test_head_is_for_files_only(caller: Caller, path: str) -> None:
    answer = caller.call("HEAD", path)
    is_file = path.startswith(("/api/repos/", "/api/v1/videos/files/"))
    # The hub takes a key for a link's signature, so there it is the file that is missing.
    wanted = 404 if path.startswith("/api/repos/") else 403
    assert answer.status_code == (wanted if is_file else 405)
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


BODIES = [
    b"",
    b"{",
    b"{'model': 1}",
    b"null",
    b"[]",
    b'"text"',
    b"7",
    b"\xff\xfe",
    b'{"model": "\xc3("}',
    b'{"model": "\\ud800"}',
    b'{"prompt": NaN}',
    b'{"seed": 1e999}',
    b"{} {}",
    b"\xef\xbb\xbf{}",
    b"[" * 5000 + b"]" * 5000,
]


@pytest.mark.parametrize("sent", BODIES, ids=lambda sent: repr(sent[:14]))
@pytest.mark.parametrize(
    ("path", "status"),
    [(QUEUE, 400), (SYNC, 400), (IMAGE, 400), (CREATE, 422), (STATUS, 422)],
)
def test_a_body_that_is_no_json_object_is_refused(
    caller: Caller, path: str, status: int, sent: bytes
) -> None:
    answer = caller.call("POST", path, content=sent)
    assert answer.status_code == status
    if status == 422:
        assert envelope(answer) == OMIXA
        assert answer.json()["error"]["code"] == "invalid_payload"
        assert "request body" in answer.json()["error"]["message"]
    else:
        assert envelope(answer) == OXEN
        assert answer.json()["status_message"] == "invalid_params"
        assert "request body" in answer.json()["error"]["detail"]
    assert caller.control("jobs") == {"jobs": []}


@pytest.mark.parametrize("depth", [50, 120, 127, 200, 250, 255, 300, 1000])
@pytest.mark.parametrize(("path", "data"), [(QUEUE, VEO), (SYNC, KLING), (CREATE, LITE)])
async def test_a_deep_body_is_accepted_or_refused_and_breaks_nothing(
    path: str, data: Any, depth: int
) -> None:
    house = House(pace=Pace(Mode.AUTO, 0.001))
    sent = body(data)[:-1] + b',"deep":' + b"[" * depth + b"]" * depth + b"}"
    answer = await house.open("POST", path, key="k", body=sent).over()
    assert answer.status in (200, 400, 422)
    for page in (QUEUE, "/api/ai/generations", "/_understudy/worlds/k/log"):
        assert (await house.call("GET", page, key="k")).status == 200


@pytest.mark.parametrize(("path", "data"), [(QUEUE, VEO), (CREATE, LITE)])
async def test_a_body_over_the_limit_is_413(path: str, data: Any) -> None:
    whole = body(data)
    for limit, status in ((len(whole), 200), (len(whole) - 1, 413)):
        house = House(limits=Limits(body=limit))
        assert (await house.call("POST", path, data, key="k")).status == status
        talk = house.open("POST", path, key="k", body=None)
        for at in range(0, len(whole), 10):
            talk.upload(whole[at : at + 10], more=True)
        talk.upload(b"")
        assert (await talk.over()).status == status
        assert len(house.live("k").world.jobs) == (2 if status == 200 else 0)


async def test_a_body_over_the_limit_is_refused_before_it_is_all_there() -> None:
    house = House(limits=Limits(body=10))
    for path in (QUEUE, CREATE):
        talk = house.open("POST", path, key="k", body=None)
        talk.upload(b"x" * 11, more=True)
        assert (await talk.over()).status == 413


def test_a_refused_upload_does_not_disturb_the_next_call() -> None:
    with Emulator(limits=Limits(body=100)) as emulator, Line(emulator.port) as line:
        key = "Authorization: Bearer k"
        line.say("POST", QUEUE, key, body=b"x" * 1_000_000)
        head, content = line.whole()
        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"at most 100 bytes" in content
        line.say("GET", QUEUE, key)
        assert line.whole()[1] == b'{"count":0,"generations":[]}'


async def test_a_caller_that_leaves_before_its_body_is_there_leaves_no_trace() -> None:
    house = House()
    talk = house.open("POST", QUEUE, key="k", body=None)
    talk.upload(body(VEO)[:20], more=True)
    await turns()
    talk.hang_up()
    await talk.over()
    assert talk.status == 0
    assert not house.live("k").world.jobs
    assert house.live("k").idle


@pytest.mark.parametrize(
    ("operation", "method", "path", "data"),
    [
        ("enqueue", "POST", QUEUE, VEO),
        ("list", "GET", QUEUE, None),
        ("generate", "POST", SYNC, KLING),
        ("events", "GET", "/api/events", None),
        ("create", "POST", CREATE, LITE),
        ("models", "GET", "/api/v1/models", None),
    ],
)
@pytest.mark.parametrize("error", [RuntimeError, KeyError, AssertionError, RecursionError])
async def test_a_bug_of_ours_wears_the_providers_envelope_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    operation: str,
    method: str,
    path: str,
    data: Any,
    error: type[Exception],
) -> None:
    def broken(*given: Any) -> None:
        raise error("the secret of the house")

    house = House()
    provider = providers()[OMIXA if path.startswith("/api/v1/") else OXEN]
    (route,) = (one for one in provider.routes if one.operation == operation)
    methods, _ = house.app._providers.front.trees[provider.name].find(path) or ({}, {})
    swapped = type(route)(
        **{name: getattr(route, name) for name in route.__dataclass_fields__} | {"read": broken}
    )
    monkeypatch.setitem(methods, method, swapped)  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR, "understudy"):
        talk = await house.call(method, path, data, key="k")
    assert talk.status == 500
    shown = talk.bytes.decode() + repr(talk.head)
    assert not [one for one in ("secret", error.__name__, "Traceback", ".py") if one in shown]
    kind = {OMIXA: "internal_error", OXEN: "unknown_error"}[provider.name]
    assert kind in shown
    assert "the secret of the house" in caplog.text
    assert house.live("k").idle
    assert [one.status for one in house.live("k").recorder] == [500]


def test_the_server_says_nothing_of_itself(caller: Caller) -> None:
    for path in (QUEUE, "/api/nothing", "/api/v1/models", "/api/v1/nothing"):
        answer = caller.call("GET", path)
        assert set(answer.headers) == {"content-type", "content-length", "date"}


def test_a_request_that_is_no_http_does_not_disturb_the_others(caller: Caller) -> None:
    for sent in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b""):
        with socket.create_connection((caller.emulator.host, caller.emulator.port)) as line:
            line.sendall(sent)
    assert caller.get(QUEUE) == {"count": 0, "generations": []}


def test_calls_share_a_connection_whatever_becomes_of_them(caller: Caller) -> None:
    with Line(caller.emulator.port) as line:
        key = f"Authorization: Bearer {caller.key}"
        for _ in range(20):
            line.say("POST", QUEUE, key, body=body(FLUX))
            assert line.whole()[0].startswith(b"HTTP/1.1 200 ")
            line.say("GET", "/api/nothing", key)
            assert line.whole()[0].startswith(b"HTTP/1.1 404 ")
