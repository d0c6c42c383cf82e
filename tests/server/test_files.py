from __future__ import annotations

import asyncio
import re
import threading
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.jobs import Shot
from emulator.core.scenario import PlanRule
from emulator.media import Rendered, Store
from emulator.server.files import CHUNK, LARGEST, described, part, send_part
from tests.server.caller import CREATE, FLUX, KLING, LITE, STATUS, VEO, Caller
from tests.server.inside import House, Talk, body, turns

FILE = Rendered(bytes(range(256)) * 4, '"tag"', "video/mp4")
SIZE = len(FILE.data)
SWIFT = {"plans": [{"queued": 0, "running": 1}]}
NOW = (PlanRule(queued=0, running=0),)


def oxen_link(caller: Caller, data: Any = FLUX) -> str:
    id = caller.enqueue(data)
    caller.advance(1)
    return str(caller.row(id)["result_url"])


def omixa_link(caller: Caller) -> str:
    made = caller.create(duration_seconds=4)
    caller.advance(1)
    return str(caller.poll(made["operation"])["data"][0]["url"])


LINKS = {"oxen": oxen_link, "omixa": omixa_link}


@pytest.fixture(params=LINKS)
def link(request: pytest.FixtureRequest, world: Callable[..., Caller]) -> str:
    """The absolute link to a finished result."""
    return LINKS[request.param](world(**SWIFT))


@pytest.fixture
def fetch(http: httpx.Client) -> Callable[..., httpx.Response]:
    """A GET without any key."""

    def call(link: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.request(method, link, headers=named)

    return call


def test_a_result_is_there_for_anybody_who_has_its_link(
    link: str, fetch: Callable[..., httpx.Response]
) -> None:
    answer = fetch(link)
    assert answer.status_code == 200
    kind = "image/png" if "/api/repos/" in link else "video/mp4"
    assert answer.headers["content-type"] == kind
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()[:32]}"'
    marks = {"image/png": b"\x89PNG", "video/mp4": b"ftyp"}
    assert marks[kind] in answer.content[:12]
    assert fetch(link).content == answer.content
    assert fetch(link, authorization="Bearer somebody-else").content == answer.content


def test_head_shows_what_get_would(link: str, fetch: Callable[..., httpx.Response]) -> None:
    whole, bare = fetch(link), fetch(link, method="HEAD")
    assert bare.content == b""
    assert (bare.status_code, bare.headers) == (whole.status_code, whole.headers)
    ranged = fetch(link, method="HEAD", range="bytes=0-9")
    assert (ranged.status_code, ranged.headers["content-length"]) == (206, "10")


def test_a_result_can_be_had_in_parts(link: str, fetch: Callable[..., httpx.Response]) -> None:
    whole = fetch(link)
    size = len(whole.content)
    middle = size // 2
    pieces = [fetch(link, range=f"bytes={one}") for one in (f"0-{middle - 1}", f"{middle}-")]
    assert [piece.status_code for piece in pieces] == [206, 206]
    assert b"".join(piece.content for piece in pieces) == whole.content
    assert pieces[0].headers["content-range"] == f"bytes 0-{middle - 1}/{size}"
    assert pieces[0].headers["etag"] == whole.headers["etag"]
    beyond = fetch(link, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.content) == (416, b"")
    assert beyond.headers["content-range"] == f"bytes */{size}"
    again = fetch(link, if_none_match=whole.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == whole.headers["etag"]
    assert "content-type" not in again.headers


RANGES: list[tuple[str, tuple[int, int] | None]] = [
    ("bytes=0-0", (0, 1)),
    ("bytes=0-9", (0, 10)),
    ("bytes=10-19", (10, 20)),
    ("bytes=1000-", (1000, SIZE)),
    ("bytes=0-", (0, SIZE)),
    (f"bytes=0-{SIZE - 1}", (0, SIZE)),
    (f"bytes=0-{SIZE}", (0, SIZE)),
    ("bytes=0-99999999999", (0, SIZE)),
    (f"bytes=5-{'9' * 18}", (5, SIZE)),
    ("bytes=-1", (SIZE - 1, SIZE)),
    ("bytes=-100", (SIZE - 100, SIZE)),
    (f"bytes=-{SIZE + 1}", (0, SIZE)),
    ("Bytes = 5-6", (5, 7)),
    ("bytes=", None),
    ("bytes=-", None),
    ("bytes=5", None),
    ("bytes=9-5", None),
    ("bytes=a-b", None),
    ("bytes=1-b", None),
    ("bytes=--1", None),
    ("bytes=1.5-2", None),
    ("bytes=0-1,5-6", None),
    ("bytes=0-1, 5-", None),
    ("bytes=²-3", None),
    ("bytes=+1-3", None),
    ("items=0-5", None),
    ("0-5", None),
    ("", None),
]


@pytest.mark.parametrize(("header", "bounds"), RANGES)
def test_what_a_range_header_means(header: str, bounds: tuple[int, int] | None) -> None:
    shown = part(FILE, {"range": header})
    first, end = bounds or (0, SIZE)
    assert (shown.status, shown.first, shown.end) == (206 if bounds else 200, first, end)
    head = dict(shown.head)
    assert head[b"content-length"] == b"%d" % (end - first)
    told = b"bytes %d-%d/%d" % (first, end - 1, SIZE) if bounds else None
    assert head.get(b"content-range") == told


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
def test_a_range_that_holds_nothing_is_refused(header: str) -> None:
    shown = part(FILE, {"range": header})
    assert (shown.status, shown.first, shown.end) == (416, 0, 0)
    assert dict(shown.head) == {b"content-range": b"bytes */%d" % SIZE}


@settings(deadline=None)
@given(first=st.integers(0, SIZE - 1), more=st.integers(0, 2 * SIZE))
def test_a_part_is_what_its_head_says(first: int, more: int) -> None:
    shown = part(FILE, {"range": f"bytes={first}-{first + more}"})
    assert shown.end == min(first + more + 1, SIZE)
    assert dict(shown.head)[b"content-length"] == b"%d" % (shown.end - shown.first)


@pytest.mark.parametrize("form", ["bytes={}-", "bytes=-{}", "bytes=0-{}", "bytes={0}-{0}"])
def test_a_number_of_any_length_is_no_trouble(form: str) -> None:
    assert part(FILE, {"range": form.format("9" * 5000)}).status in (200, 206, 416)


@settings(deadline=None)
@given(header=st.text(alphabet="bytes=0123456789-, ²\t", max_size=20))
def test_no_range_header_breaks_anything(header: str) -> None:
    shown = part(FILE, {"range": header})
    assert shown.status in (200, 206, 416)
    assert 0 <= shown.first <= shown.end <= SIZE


@pytest.mark.parametrize(
    ("tag", "status"),
    [('"tag"', 206), ('W/"tag"', 200), ('"other"', 200), ("Thu, 01 Jan 2026 00:00:00 GMT", 200)],
)
def test_if_range_wants_the_very_file(tag: str, status: int) -> None:
    assert part(FILE, {"range": "bytes=0-4", "if-range": tag}).status == status


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"tag"', 304),
        ('W/"tag"', 304),
        ('"a", "tag"', 304),
        ("*", 304),
        ('"a"', 200),
        ("tag", 200),
        ("", 200),
    ],
)
def test_if_none_match_knows_the_tags_it_is_given(tags: str, status: int) -> None:
    shown = part(FILE, {"if-none-match": tags})
    assert (shown.status, shown.end) == (status, SIZE if status == 200 else 0)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
@pytest.mark.parametrize("asked", [None, "bytes=1-"])
async def test_a_big_body_goes_out_in_chunks(size: int, asked: str | None) -> None:
    file = Rendered(bytes(index % 251 for index in range(size)), '"t"', "video/mp4")
    shown = part(file, {} if asked is None else {"range": asked})
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await send_part(send, shown, shown.head, file.data, bare=False)
    start, *bodies = sent
    assert start == {"type": "http.response.start", "status": shown.status, "headers": shown.head}
    pieces = [one["body"] for one in bodies]
    assert b"".join(pieces) == file.data[shown.first : shown.end]
    assert max(map(len, pieces)) <= CHUNK
    assert [one.get("more_body", False) for one in bodies] == [True] * (len(bodies) - 1) + [False]
    sent.clear()
    await send_part(send, shown, shown.head, file.data, bare=True)
    assert [one.get("body") for one in sent] == [None, b""]


@pytest.mark.parametrize("asked", [{}, {"range": "bytes=0-9"}, {"if_none_match": "*"}])
def test_a_link_expires_on_the_worlds_clock(
    world: Callable[..., Caller], fetch: Callable[..., httpx.Response], asked: dict[str, str]
) -> None:
    one = world(**SWIFT, start="2026-01-01T00:00:00.500000Z")
    two = world(**SWIFT)
    oxen, omixa = oxen_link(one), omixa_link(one)
    one.advance(3598.4)
    fine = fetch(oxen, **asked).status_code
    assert fine in (200, 206, 304)
    one.advance(0.6)
    two.advance("1w")
    refused = fetch(oxen, **asked)
    assert refused.status_code == 403
    assert refused.json()["error"]["detail"] == "The link has expired."
    assert fetch(omixa, **asked).status_code == fine
    one.advance(86_401 - 3600)
    refused = fetch(omixa, **asked)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "invalid_signature"
    assert fetch(omixa, method="HEAD").content == b""


@pytest.mark.parametrize(("choice", "status"), [("each-read", 200), ("once", 403)])
def test_a_link_may_be_signed_anew_at_each_read(
    world: Callable[..., Caller],
    fetch: Callable[..., httpx.Response],
    choice: str,
    status: int,
) -> None:
    caller = world(**SWIFT, assumptions={"oxen.link-signing": choice})
    id = caller.enqueue(FLUX)
    caller.advance("2h")
    assert fetch(caller.row(id)["result_url"], method="HEAD").status_code == status


def tampered(link: str, other: str) -> dict[str, str]:
    """A link in which one thing is not its own."""
    path, _, query = link.partition("?")
    name, _, signature = query.partition("=")
    whose, until, mac = signature.split(".")
    theirs = other.partition("=")[2].split(".")
    return {
        "another world": f"{path}?{name}={theirs[0]}.{until}.{mac}",
        "another's signature": f"{path}?{name}={'.'.join(theirs)}",
        "no such world": f"{path}?{name}=nobody.{until}.{mac}",
        "a later end": f"{path}?{name}={whose}.{int(until) + 1}.{mac}",
        "an earlier end": f"{path}?{name}={whose}.{int(until) - 1}.{mac}",
        "another mac": f"{path}?{name}={whose}.{until}.{mac[::-1]}",
        "no mac": f"{path}?{name}={whose}.{until}.",
        "no end": f"{path}?{name}={whose}..{mac}",
        "a word": f"{path}?{name}=please",
        "another path": f"{path.replace('.', '0.', path.count('.'))}?{query}",
        "no signature": path,
        "nothing signed": f"{path}?{name}=",
    }


CASES = list(tampered("http://a/b.c?s=a.1.b", "http://a/b.c?s=a.1.b"))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("provider", LINKS)
def test_a_link_that_was_tampered_with_is_refused(
    world: Callable[..., Caller],
    fetch: Callable[..., httpx.Response],
    provider: str,
    case: str,
) -> None:
    link, other = (LINKS[provider](world(**SWIFT)).split("/", 3)[3] for _ in range(2))
    assert fetch(f"/{link}", method="HEAD").status_code == 200
    assert fetch(tampered(f"/{link}", f"/{other}")[case]).status_code == 403


def test_a_link_dies_with_its_world(
    world: Callable[..., Caller], fetch: Callable[..., httpx.Response]
) -> None:
    caller = world(**SWIFT)
    link = oxen_link(caller)
    caller.drop()
    assert fetch(link).status_code == 403
    caller.make(seed=5)
    assert fetch(link).status_code == 403


def test_a_download_is_recorded_in_the_links_world(
    world: Callable[..., Caller], fetch: Callable[..., httpx.Response]
) -> None:
    caller = world(**SWIFT)
    fetch(oxen_link(caller))
    last = caller.control("exchanges")["exchanges"][-1]
    assert (last["operation"], last["key"], last["response"]["status"]) == ("download", "", 200)
    assert last["response"]["body"]["bytes"] > 0
    assert re.fullmatch("[0-9a-f]{32}", last["response"]["body"]["hash"])


def test_the_same_result_has_the_same_bytes_in_any_world(
    world: Callable[..., Caller], fetch: Callable[..., httpx.Response]
) -> None:
    first, second = (fetch(oxen_link(world(**SWIFT))) for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]


async def test_a_result_may_travel_inside_an_answer() -> None:
    house = House(plans=NOW, assumptions={"omixa.result-url": "data", "oxen.queue-b64": "data-url"})
    asked = {**FLUX, "response_format": "b64_json", "output_format": "webp"}
    made = await house.json("POST", "/api/ai/images/generate", asked, key="k")
    image = b64decode(made["images"][0]["b64_json"], validate=True)
    assert image[8:12] == b"WEBP"
    id = await house.enqueue("k", asked)
    await house.advance("k", 1)
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    assert inside(row["result_url"], "image/webp") == image
    created = await house.json("POST", CREATE, {**LITE, "sample_count": 2}, key="k")
    for _ in range(2):
        shown = await house.json("POST", STATUS, {"operation": created["operation"]}, key="k")
        videos = [inside(one["url"], "video/mp4") for one in shown["data"]]
        assert [video[4:8] for video in videos] == [b"ftyp"] * 2


def inside(url: str, mime: str) -> bytes:
    head, _, data = url.partition(",")
    assert head == f"data:{mime};base64"
    return b64decode(data, validate=True)


async def test_polls_are_answered_while_a_result_is_rendered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = Store.get

    def slow(store: Store, thing: Any) -> Rendered:
        begun.set()
        assert go_on.wait(30)
        return real(store, thing)

    monkeypatch.setattr(Store, "get", slow)
    house = House(plans=NOW)
    id = await house.enqueue("k", FLUX)
    await house.advance("k", 1)
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    path = row["result_url"].removeprefix("http://emulator.test")
    download = house.open("GET", path)
    inline = house.open(
        "POST",
        "/api/ai/images/generate",
        key="k",
        body=body({**FLUX, "response_format": "b64_json"}),
    )
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 30)
    for key in ("k", "other"):
        assert (await house.call("GET", "/api/ai/queue", key=key)).status == 200
    await turns()
    assert (download.status, inline.status) == (0, 0)
    go_on.set()
    assert [(await talk.over()).status for talk in (download, inline)] == [200, 200]


async def test_a_big_image_is_decoded_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any, **named: Any) -> None:
        begun.set()
        assert go_on.wait(30)

    monkeypatch.setattr("emulator.providers.oxen.read.problem", slow)
    house = House()
    image = "data:image/png;base64," + "A" * 100_000
    big = house.open("POST", "/api/ai/queue", key="k", body=body({**VEO, "input_image": image}))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 30)
    assert (await house.call("GET", "/api/ai/queue", key="k")).status == 200
    assert big.status == 0
    go_on.set()
    assert (await big.over()).status == 200


async def test_a_caller_that_leaves_during_a_download_harms_nothing() -> None:
    house = House(plans=NOW)
    id = await house.enqueue("k", FLUX)
    await house.advance("k", 1)
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    talk: Talk = house.open("GET", row["result_url"].removeprefix("http://emulator.test"))
    talk.hang_up()
    await talk.over()
    assert house.live("k").idle


def test_what_is_drawn_has_even_sides_of_a_size_that_can_be_drawn() -> None:
    for width, height in ((1, 1), (17, 33), (100_000, 50)):
        for kind, format in (("video", "mp4"), ("image", "jpg")):
            shot = Shot(kind=kind, width=width, height=height, scene="a", seconds=2, format=format)
            thing = described(shot)
            assert min(thing.width, thing.height) >= 16
            assert max(thing.width, thing.height) <= LARGEST
            assert thing.width % 2 == thing.height % 2 == 0


def test_seconds_of_a_link_are_whole(world: Callable[..., Caller]) -> None:
    caller = world(**SWIFT, start="2026-01-01T00:00:00.999999Z")
    link = oxen_link(caller, KLING)
    until = int(link.split("=")[1].split(".")[1])
    assert until == (caller.live.world.now + 3600 * SECOND) // SECOND
