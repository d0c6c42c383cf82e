from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Limits
from emulator.server.recorder import fingerprint
from tests.server.caller import CREATE, FLUX, KLING, LITE, STATUS, VEO, Caller
from tests.server.inside import House, body, turns

WORLDS = "/_understudy/worlds"
QUEUE = "/api/ai/queue"


async def statuses(house: House, *keys: str) -> list[int]:
    return [(await house.call("GET", QUEUE, key=key)).status for key in keys]


@pytest.mark.parametrize(
    "key", ["k", "omx_live_1", "SFMyNTY.x.y-z_", "two words", "0", "lobby", "k" * 3000]
)
async def test_any_key_that_is_not_empty_has_its_world(key: str) -> None:
    house = House()
    id = await house.enqueue(key, VEO)
    assert list(house.live(key).world.jobs) == [id]
    assert house.live(key).name == fingerprint(key) in house.stage.worlds


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer  ", "Basic a2V5", "key", ""])
@pytest.mark.parametrize("path", [QUEUE, "/api/events", "/api/v1/models"])
async def test_without_a_key_there_is_no_world(header: str | None, path: str) -> None:
    house = House()
    headers = {} if header is None else {"authorization": header}
    assert (await house.call("GET", path, headers=headers)).status == 401
    assert not house.stage.worlds


@pytest.mark.parametrize("header", ["bearer some-key", "BEARER some-key", "Bearer   some-key "])
async def test_the_scheme_may_be_written_in_any_case(header: str) -> None:
    house = House()
    assert (await house.call("GET", QUEUE, headers={"authorization": header})).status == 200
    assert house.stage.find("some-key") is not None


def test_two_keys_never_see_each_other(world: Callable[..., Caller]) -> None:
    one, two = world(), world()
    job, operation = one.enqueue(), one.create()["operation"]
    assert one.get(QUEUE)["count"] == one.get("/api/ai/generations")["count"] == 1
    for path in (QUEUE, "/api/ai/generations"):
        assert two.get(path)["count"] == 0
    for method, path in (
        ("GET", f"{QUEUE}/{job}"),
        ("DELETE", f"{QUEUE}/{job}"),
        ("GET", f"/api/ai/generations/{job}"),
    ):
        assert two.call(method, path).status_code == 404
    assert two.call("POST", STATUS, json={"operation": operation}).status_code == 404
    assert two.get("/api/v1/usage/requests")["data"] == []
    assert one.row(job)["status"] == "queued"
    ledger = two.control("ledger")
    assert ledger["postings"] == []
    assert {one["available"] for one in ledger["accounts"].values()} == {"25.000000"}


def test_a_clock_is_its_worlds_own(world: Callable[..., Caller]) -> None:
    one, two = world(), world()
    before = two.control("clock")
    one.advance("1h")
    assert two.control("clock") == before != one.control("clock")


async def test_only_listed_keys_are_accepted() -> None:
    house = House(keys=frozenset({"mine", "ours"}))
    assert await statuses(house, "mine", "theirs", "ours") == [200, 401, 200]
    refused = await house.call("POST", CREATE, LITE, key="theirs")
    assert (refused.status, refused.json["error"]["code"]) == (401, "invalid_api_key")
    assert set(house.stage.worlds) == {fingerprint("mine"), fingerprint("ours")}


async def test_calls_that_reach_no_world_are_in_the_journal_and_in_no_world() -> None:
    house = House(keys=frozenset({"mine"}))
    await house.call("GET", QUEUE)
    await house.call("GET", "/api/ai/models")
    await house.call("GET", QUEUE, key="theirs")
    await house.call("GET", "/api/nowhere", key="mine")
    await house.call("PATCH", QUEUE, key="mine")
    await house.call("GET", "/api/repos/a/b?oxen_signature=x.1.y")
    await house.call("GET", "/elsewhere")
    seen = [(one.key, one.operation, one.status) for one in house.stage.journal]
    theirs, mine = fingerprint("theirs"), fingerprint("mine")
    assert seen == [
        ("", "list", 401),
        ("", "models", 200),
        (theirs, "list", 401),
        (mine, "", 404),
        (mine, "", 405),
        ("", "download", 403),
        ("", "", 404),
    ]
    assert not house.stage.worlds
    await house.call("GET", f"{QUEUE}/nothing", key="mine")
    assert [one.status for one in house.live("mine").recorder] == [404]
    assert len(house.stage.journal) == 7


async def test_the_world_idle_longest_makes_room() -> None:
    house = House(limits=Limits(worlds=2))
    assert await statuses(house, "a", "b", "a", "c") == [200] * 4
    assert set(house.stage.worlds) == {fingerprint("a"), fingerprint("c")}


async def test_a_world_with_a_stream_or_a_wait_open_never_makes_room() -> None:
    house = House(limits=Limits(worlds=3))
    stream = await house.listen("streams")
    wait = house.open("POST", "/api/ai/videos/generate", key="waits", body=body(KLING))
    await house.call("POST", WORLDS, {"key": "watched"})
    feed = await house.open("GET", f"{WORLDS}/watched/feed").begun()
    await turns()
    refused = await house.call("GET", QUEUE, key="new")
    assert (refused.status, refused.json["status_message"]) == (503, "unavailable")
    assert (await house.call("POST", WORLDS, {})).status == 503
    for key, talk in (("streams", stream), ("watched", feed)):
        talk.hang_up()
        await talk.over()
        assert await statuses(house, f"after {key}") == [200]
        assert house.stage.find(key) is None
    await house.advance("waits", "1h")
    assert (await wait.over()).status == 200
    assert await statuses(house, "one", "more", "time") == [200] * 3
    assert house.stage.find("waits") is None


async def test_a_call_under_way_keeps_its_world() -> None:
    house = House(limits=Limits(worlds=1))
    slow = house.open("POST", QUEUE, key="slow", body=None)
    slow.upload(b"{", more=True)
    await turns()
    assert await statuses(house, "new") == [503]
    slow.upload(body(KLING)[1:])
    assert (await slow.over()).status == 200
    assert await statuses(house, "new") == [200]


async def test_the_control_plane_makes_worlds_with_keys_that_nobody_has() -> None:
    house = House()
    made = [await house.json("POST", WORLDS, {}) for _ in range(3)]
    assert len({one["key"] for one in made}) == len({one["name"] for one in made}) == 3
    assert len((await house.json("GET", WORLDS))["worlds"]) == 3
    for one in made:
        assert one["name"] == fingerprint(one["key"])
        assert await statuses(house, one["key"]) == [200]
    assert len(house.stage.worlds) == 3


async def test_a_world_made_anew_is_empty_and_the_old_ones_streams_end() -> None:
    house = House()
    await house.enqueue("k", VEO)
    stream = await house.listen("k")
    made = await house.call("POST", WORLDS, {"key": "k", "scenario": {"balance": "1.00"}})
    assert (made.status, made.json["jobs"]) == (201, 0)
    assert (await stream.over()).ended
    await house.enqueue("k", VEO)
    ledger = await house.json("GET", f"{WORLDS}/k/ledger")
    assert ledger["accounts"]["oxen"]["deposited"] == "1.000000"


async def test_a_dropped_world_is_forgotten() -> None:
    house = House()
    await house.enqueue("k", VEO)
    assert (await house.call("DELETE", f"{WORLDS}/k")).status == 204
    for method in ("GET", "DELETE"):
        assert (await house.call(method, f"{WORLDS}/k")).status == 404
    assert not house.stage.worlds
    assert (await house.json("GET", QUEUE, key="k"))["count"] == 0


async def test_a_scenario_may_name_a_world() -> None:
    house = House()
    made = await house.json("POST", WORLDS, {"key": "k", "scenario": {"name": "opening-night"}})
    assert made["name"] == "opening-night"
    assert house.stage.find("opening-night") is house.stage.find("k")
    for key, name in (("other", "opening-night"), ("other", "lobby")):
        again = await house.call("POST", WORLDS, {"key": key, "scenario": {"name": name}})
        assert again.status == 409
        assert name in again.json["error"]["message"]
    assert len(house.stage.worlds) == 1


async def test_a_world_that_cannot_be_made_leaves_the_keys_old_one_alone() -> None:
    house = House()
    for key, name in (("a", "one"), ("b", "two")):
        await house.json("POST", WORLDS, {"key": key, "scenario": {"name": name}})
    id = await house.enqueue("b", VEO)
    refused = await house.call("POST", WORLDS, {"key": "b", "scenario": {"name": "one"}})
    assert refused.status == 409
    assert (await house.call("GET", f"{QUEUE}/{id}", key="b")).status == 200


async def test_the_same_name_makes_the_same_ids_whatever_the_key_is() -> None:
    ids = []
    for key, name in (("a", "same"), ("b", "same"), ("a", None)):
        house = House(name=name)
        ids.append(await house.enqueue(key, VEO))
    assert ids[0] == ids[1] != ids[2]


async def test_of_a_named_scenario_the_first_key_gets_the_name() -> None:
    house = House(name="opening-night")
    assert await statuses(house, "first", "second", "first") == [200] * 3
    assert list(house.stage.worlds) == ["opening-night", fingerprint("second")]
    made = [await house.json("POST", WORLDS, {}) for _ in range(2)]
    assert [one["name"] for one in made] == [fingerprint(one["key"]) for one in made]


async def test_a_key_may_be_held_to_some_models() -> None:
    house = House()
    rule = {"models": [VEO["model"]]}
    await house.json("POST", WORLDS, {"key": "held", "scenario": {"keys": {"held": rule}}})
    await house.json("POST", WORLDS, {"key": "free", "scenario": {"keys": {"held": rule}}})
    calls = [(QUEUE, VEO), (QUEUE, FLUX), ("/api/ai/videos/generate", KLING), (CREATE, LITE)]
    held = [(await house.call("POST", path, data, key="held")).status for path, data in calls]
    assert held == [200, 403, 403, 403]
    listed = [await house.json("GET", "/api/v1/models", key=key) for key in ("held", "free")]
    assert [len(one["data"]) for one in listed] == [0, 1]
    assert (await house.call("POST", CREATE, LITE, key="free")).status == 200
