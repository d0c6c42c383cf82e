from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.server.caller import CREATE, FLUX, KLING, STATUS, VEO, Caller
from tests.server.inside import House, turns

PLANE = "/_understudy"
WORLDS = f"{PLANE}/worlds"

INVOICE = """\
{name}: omixa


  deposited      25.000000 USD
  available      24.600000 USD
  held            0.400000 USD
  captured        0.000000 USD
  spent           0.000000 USD

{name}: oxen

  2026-01-01T00:00:10  {image}      0.010000 USD  {flux}, 1 x 1820x1024
  2026-01-01T00:00:10  -                                         1.250000 USD  spent elsewhere
  2026-01-01T00:01:00  {video}      0.350000 USD  {kling}, 1 x 5 s, 1920x1080

  deposited      25.000000 USD
  available      23.390000 USD
  held            0.000000 USD
  captured        0.360000 USD
  spent           1.250000 USD
"""


def test_health_names_the_providers(caller: Caller) -> None:
    health = caller.http.get(f"{PLANE}/health")
    assert health.json() == {"status": "ok", "providers": ["omixa", "oxen"]}


def test_a_world_at_a_glance(caller: Caller) -> None:
    caller.enqueue()
    seen = caller.control()
    assert seen == {
        "name": caller.live.name,
        "clock": {
            "now": "2026-01-01T00:00:00Z",
            "mode": "manual",
            "speed": 20.0,
            "next_move": seen["clock"]["next_move"],
        },
        "jobs": 1,
        "waiting": 1,
        "subscribers": 0,
        "exchanges": 1,
        "faults": {"armed": 0, "struck": 0},
        "accounts": seen["accounts"],
    }
    assert list(seen["accounts"]) == ["omixa", "oxen"]
    assert seen["accounts"]["oxen"] == {
        "deposited": "25.000000",
        "available": "24.600000",
        "held": "0.400000",
        "captured": "0.000000",
        "spent": "0.000000",
        "balances": True,
    }
    assert seen in caller.http.get(WORLDS).json()["worlds"]


@pytest.mark.parametrize("page", ["", "clock", "jobs", "ledger", "log", "exchanges"])
def test_a_world_answers_to_its_name_and_to_its_key(caller: Caller, page: str) -> None:
    caller.advance(90)
    by_name = caller.http.get(f"{WORLDS}/{caller.live.name}/{page}".rstrip("/"))
    assert by_name.json() == caller.control(page)


def test_jobs_show_their_plans(world: Callable[..., Caller]) -> None:
    caller = world(plans=[{"queued": 2, "running": 5, "do": "fail", "error": "No."}])
    id = caller.enqueue(KLING)
    caller.advance(3)
    assert caller.control("jobs")["jobs"] == [
        {
            "id": id,
            "number": 1,
            "provider": "oxen",
            "model": KLING["model"],
            "prompt": KLING["prompt"],
            "status": "running",
            "submitted": "2026-01-01T00:00:00Z",
            "ended": None,
            "plan": [
                {"at": "2026-01-01T00:00:02Z", "to": "running"},
                {"at": "2026-01-01T00:00:07Z", "to": "failed"},
            ],
            "error": "No.",
            "outputs": 1,
            "account": 1,
            "held": "0.350000",
            "charged": "0.000000",
        }
    ]


NOT_JSON, LIST, NULL = b"{", b"[]", b"null"


@pytest.mark.parametrize(
    ("page", "body", "said"),
    [
        ("clock", NOT_JSON, "valid JSON"),
        ("clock", LIST, "must be an object of advance, set, mode, speed"),
        ("clock", NULL, "must be an object"),
        ("clock", {"foward": "30s"}, "there is no 'foward'; there is advance"),
        ("clock", {"advance": "soon"}, "'soon' is not a span"),
        ("clock", {"advance": -1}, "-1 is not a span"),
        ("clock", {"advance": True}, "True is not a span"),
        ("clock", {"advance": None}, "None"),
        ("clock", {"advance": []}, "[]"),
        ("clock", {"advance": {}}, "{}"),
        ("clock", {"mode": "real", "advance": "soon"}, "'soon' is not a span"),
        ("clock", {"speed": 3, "set": "2025-12-31"}, "goes forward"),
        ("clock", {"mode": "auto", "speed": True}, "True"),
        ("clock", {"advance": "521w"}, "at most ten years at once"),
        ("clock", {"set": "2025-12-31T23:59:59Z"}, "goes forward"),
        ("clock", {"set": "tomorrow"}, "'tomorrow' is not a date"),
        ("clock", {"set": None}, "is not a date"),
        ("clock", {"mode": "fast"}, "mode: 'fast' is none of real, manual, auto"),
        ("clock", {"speed": 0}, "speed lies between"),
        ("clock", {"speed": "20"}, ""),
        ("ledger", NOT_JSON, "valid JSON"),
        ("ledger", {"provider": "oxen", "topup": "1"}, "there is no 'topup'"),
        ("ledger", {"top_up": "1"}, "provider: None is none of omixa, oxen"),
        ("ledger", {"provider": "acme", "top_up": "1"}, "'acme' is none of"),
        ("ledger", {"provider": [], "top_up": "1"}, "[] is none of"),
        ("ledger", {"provider": "oxen"}, "one of top_up and spend"),
        ("ledger", {"provider": "oxen", "top_up": "1", "spend": "1"}, "one of top_up and spend"),
        ("ledger", {"provider": "oxen", "top_up": "0"}, "above zero"),
        ("ledger", {"provider": "oxen", "spend": "-1"}, "above zero"),
        ("ledger", {"provider": "oxen", "top_up": "a lot"}, "not an amount"),
        ("ledger", {"provider": "oxen", "top_up": None}, "not an amount"),
        ("ledger", {"provider": "oxen", "top_up": "0.0000001"}, "finer than a micro-dollar"),
        ("ledger", {"provider": "oxen", "spend": "25.01"}, "only 25.000000 USD are available"),
    ],
)
def test_what_cannot_be_done_to_a_world(caller: Caller, page: str, body: Any, said: str) -> None:
    before = caller.control("clock"), caller.control("ledger")
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = caller.http.post(f"{WORLDS}/{caller.key}/{page}", content=sent)
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]
    assert (caller.control("clock"), caller.control("ledger")) == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NOT_JSON, "valid JSON"),
        (LIST, "must be an object of key, scenario"),
        ({"name": "x"}, "there is no 'name'; there is key, scenario"),
        ({"key": 7}, "key: 7 is not a text"),
        ({"scenario": {"sneed": 1}}, "there is no 'sneed'; there is name, seed"),
        ({"scenario": "fast"}, "'fast' is not a mapping"),
        ({"scenario": {"clock": {"mode": "fast"}}}, "'fast' is none of real, manual, auto"),
        ({"scenario": {"plans": [{"job": 1, "do": "explode"}]}}, "'explode' is none of"),
        ({"scenario": {"assumptions": {"oxen.moon": "full"}}}, "'oxen.moon'"),
        ({"scenario": {"name": "a/b"}}, "'a/b' is not a name"),
        ({"scenario": {"plans": [{"queued": None}]}}, "queued: null"),
    ],
)
def test_a_world_that_cannot_be_made(caller: Caller, body: Any, said: str) -> None:
    before = len(caller.emulator.stage.worlds)
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = caller.http.post(WORLDS, content=sent)
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]
    assert len(caller.emulator.stage.worlds) == before


@pytest.mark.parametrize("page", ["", "clock", "jobs", "ledger", "log", "exchanges", "feed"])
def test_an_unknown_world_is_404_everywhere(caller: Caller, page: str) -> None:
    path = f"{WORLDS}/nobody/{page}".rstrip("/")
    for method in ("GET", "POST") if page in ("clock", "ledger") else ("GET",):
        answer = caller.http.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 404
        assert "there is no world called nobody" in answer.json()["error"]["message"]
    assert caller.http.delete(f"{WORLDS}/nobody").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PLANE}/nothing", 404),
        ("GET", PLANE, 404),
        ("GET", f"{WORLDS}/", 404),
        ("POST", f"{PLANE}/health", 405),
        ("PUT", WORLDS, 405),
    ],
)
def test_the_control_plane_refuses_in_json(
    caller: Caller, method: str, path: str, status: int
) -> None:
    answer = caller.http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_money_moves_by_hand(caller: Caller) -> None:
    caller.control("ledger", {"provider": "omixa", "top_up": "10"})
    page = caller.control("ledger", {"provider": "omixa", "spend": 2.5})
    account = page["accounts"]["omixa"]
    assert (account["deposited"], account["available"]) == ("35.000000", "32.500000")
    assert (account["spent"], account["balances"]) == ("2.500000", True)
    kinds = [(one["kind"], one["amount"], one["note"]) for one in page["postings"]]
    assert kinds == [
        ("deposit", "25.000000", "opening balance"),
        ("deposit", "10.000000", "top-up"),
        ("spend", "2.500000", "spent elsewhere"),
    ]
    assert page["accounts"]["oxen"]["deposited"] == page["accounts"]["oxen"]["available"]
    assert page["accounts"]["oxen"]["available"] == "25.000000"


@pytest.mark.parametrize("amount", ["100000000000000", "1e40", "1e400", "1e5000", 1e300])
def test_an_amount_beyond_all_measure_leaves_every_page_readable(
    caller: Caller, amount: str | float
) -> None:
    moved = caller.plane("ledger", {"provider": "oxen", "top_up": amount})
    assert moved.status_code in (200, 422)
    for page in ("", "ledger", "ledger?format=text", "log"):
        assert caller.plane(page).status_code == 200


def test_a_top_up_lets_a_refused_call_pass(world: Callable[..., Caller]) -> None:
    caller = world(balance="0.10")
    assert caller.call("POST", "/api/ai/queue", json=VEO).status_code == 402
    caller.control("ledger", {"provider": "oxen", "top_up": "0.30"})
    caller.enqueue()
    assert caller.call("POST", "/api/ai/queue", json=VEO).status_code == 402


def test_the_ledger_prints_as_an_invoice(world: Callable[..., Caller]) -> None:
    slow = {"provider": "omixa", "queued": "1h"}
    caller = world(
        plans=[slow, {"job": 1, "queued": 0, "running": 10}, {"queued": 0, "running": 50}]
    )
    caller.create(duration_seconds=8)
    image = caller.enqueue(FLUX)
    caller.advance(10)
    video = caller.enqueue(KLING)
    caller.control("ledger", {"provider": "oxen", "spend": "1.25"})
    caller.advance(50)
    text = caller.http.get(f"{WORLDS}/{caller.key}/ledger?format=text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    named = {"name": caller.live.name, "image": image, "video": video}
    assert text.text == INVOICE.format(**named, flux=FLUX["model"], kling=KLING["model"])


def test_an_invoice_of_nothing_says_so(caller: Caller) -> None:
    text = caller.http.get(f"{WORLDS}/{caller.key}/ledger?format=text").text
    assert text == f"{caller.live.name}: nothing was bought\n"


async def test_the_feed_tells_moves_and_postings_as_they_happen() -> None:
    house = House(plans=())
    await house.json("POST", WORLDS, {"key": "k", "scenario": {"plans": [{"running": 5}]}})
    feeds = [await house.open("GET", f"{WORLDS}/k/feed").begun() for _ in range(2)]
    assert feeds[0].head["content-type"].startswith("text/event-stream")
    id = await house.enqueue("k", VEO)
    await house.advance("k", "1m")
    await house.call("DELETE", f"{WORLDS}/k")
    for feed in feeds:
        await feed.over()
    assert feeds[0].bytes == feeds[1].bytes
    events = [block.split(b"\n") for block in feeds[0].bytes.split(b"\n\n") if block]
    told = [(name.decode(), orjson.loads(data.removeprefix(b"data: "))) for name, data in events]
    assert [(name, one.get("kind") or one["to"]) for name, one in told] == [
        ("event: posting", "deposit"),
        ("event: posting", "hold"),
        ("event: moved", "running"),
        ("event: posting", "capture"),
        ("event: moved", "succeeded"),
    ]
    assert told[4][1] == {"at": told[3][1]["at"], "job": id, "to": "succeeded"}


async def test_a_feed_that_hangs_up_is_forgotten() -> None:
    house = House()
    await house.call("POST", WORLDS, {"key": "k"})
    feed = await house.open("GET", f"{WORLDS}/k/feed").begun()
    await turns()
    assert len(house.live("k").watchers) == 1
    feed.hang_up()
    await feed.over()
    assert not house.live("k").watchers


SECRET = "omx_live_secret"


async def test_a_key_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "understudy")
    house = House(keys=frozenset({SECRET}))
    made = await house.json("POST", WORLDS, {"key": SECRET, "scenario": {"keys": {SECRET: {}}}})
    name = made["name"]
    watching = await house.open("GET", f"{WORLDS}/{name}/feed").begun()
    stream = await house.listen(SECRET)
    id = await house.enqueue(SECRET, {**FLUX, "num_generations": 2})
    for method, path, data in (
        ("POST", CREATE, {"model": "veo-3.1-lite-generate-001", "prompt": "x"}),
        ("POST", STATUS, {"operation": "x"}),
        ("POST", "/api/ai/queue", {"model": "none"}),
        ("PATCH", "/api/ai/queue", None),
        ("GET", "/api/nothing", None),
        ("GET", "/api/ai/models", None),
        ("GET", "/api/v1/models", None),
    ):
        await house.call(method, path, data, key=SECRET)
        await house.call(method, path, data, key=f"not {SECRET}")
    await house.advance(SECRET, "1h")
    row = await house.json("GET", f"/api/ai/queue/{id}", key=SECRET)
    await house.call("GET", row["result_url"].removeprefix("http://emulator.test"), key=SECRET)
    pages = [f"{WORLDS}/{name}/{page}" for page in ("clock", "jobs", "ledger", "log", "exchanges")]
    pages += [f"{WORLDS}/{name}/ledger?format=text", f"{WORLDS}/{name}", WORLDS]
    shown = [(await house.call("GET", page)).bytes for page in (*pages, f"{PLANE}/journal")]
    await house.call("DELETE", f"{WORLDS}/{name}")
    shown += [(await talk.over()).bytes for talk in (watching, stream)]
    assert all(shown)
    assert not [page for page in shown if SECRET.encode() in page]
    assert caplog.records
    assert SECRET not in caplog.text


def pages_of(name: str) -> list[tuple[str, str, Any]]:
    pages = ["", "/clock", "/jobs", "/ledger", "/log", "/exchanges", "/feed"]
    reads = [("GET", f"{WORLDS}/{name}{page}", None) for page in pages]
    return [
        *reads,
        ("GET", WORLDS, None),
        ("GET", f"{PLANE}/journal", None),
        ("POST", WORLDS, {}),
        ("POST", f"{WORLDS}/{name}/clock", {"advance": 1}),
        ("POST", f"{WORLDS}/{name}/ledger", {"provider": "oxen", "top_up": "1"}),
        ("DELETE", f"{WORLDS}/{name}", None),
    ]


@pytest.mark.parametrize(("method", "path", "data"), pages_of("k"))
async def test_a_guarded_control_plane_asks_for_its_token(
    method: str, path: str, data: Any
) -> None:
    house = House(guarded=True, token="sesame")
    await house.call("GET", "/api/ai/queue", key="k")
    for given in ({}, {"x-understudy-token": "wrong"}, {"x-understudy-token": "sésame"}):
        refused = await house.call(method, path, data, headers=given)
        assert refused.status == 401
        assert list(house.stage.worlds) == [house.live("k").name]
    if path.endswith("/feed"):
        return
    right = {"X-Understudy-Token": "sesame"}
    assert (await house.call(method, path, data, headers=right)).status < 300


async def test_a_guarded_control_plane_without_a_token_stays_shut() -> None:
    house = House(guarded=True)
    refused = await house.call("GET", WORLDS, headers={"x-understudy-token": ""})
    assert refused.status == 403
    assert "--control-token" in refused.json["error"]["message"]
    assert (await house.call("GET", f"{PLANE}/health")).status == 200
    assert (await house.call("GET", "/api/ai/queue", key="k")).status == 200


async def test_on_loopback_no_token_is_asked_for() -> None:
    house = House(token="sesame")
    assert (await house.call("GET", WORLDS)).status == 200


STRANGERS = [
    ({"host": "evil.test"}, 403),
    ({"host": "localhost.evil.test"}, 403),
    ({"host": "192.0.2.7:8787"}, 403),
    ({"origin": "https://evil.test"}, 403),
    ({"origin": "null"}, 403),
    ({"host": "localhost:8787"}, 200),
    ({"host": "127.0.0.1:8787"}, 200),
    ({"host": "[::1]:8787", "origin": "http://[::1]:8787"}, 200),
    ({"origin": "http://localhost:3000"}, 200),
]


@pytest.mark.parametrize(("headers", "status"), STRANGERS)
async def test_on_loopback_a_strangers_web_page_has_no_access(
    headers: dict[str, str], status: int
) -> None:
    house = House()
    assert (await house.call("GET", WORLDS, headers=headers)).status == status
    made = await house.call("POST", WORLDS, {}, headers=headers)
    assert (made.status < 300) == (status == 200) == (len(house.stage.worlds) == 1)
    assert (await house.call("GET", "/api/ai/queue", key="k", headers=headers)).status == 200


def test_the_log_holds_every_command_and_its_instant(caller: Caller) -> None:
    id = caller.enqueue()
    caller.advance(1)
    caller.cancel(id)
    caller.row(id)
    caller.control("ledger", {"provider": "oxen", "top_up": "1"})
    entries = caller.control("log")["entries"]
    assert [one["command"]["is"] for one in entries] == ["Submit", "Tick", "Cancel", "TopUp"]
    start = 1_767_225_600_000_000
    assert [one["at"] - start for one in entries] == [0, 1_000_000, 1_000_000, 1_000_000]
    assert entries[0]["command"]["drafts"][0]["params"]["prompt"] == VEO["prompt"]
