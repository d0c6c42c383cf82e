import asyncio

import httpx
import pytest

from contracts.worlds import World

ORDER = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite"}
JOB = {"model": "veo-3.1-lite-generate-001", "prompt": "a kite"}


def bearer(world: World) -> dict[str, str]:
    return {"authorization": f"Bearer {world.api_key}"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("nth", range(6))
def test_every_test_has_a_world_of_its_own(oxen: World, nth: int) -> None:
    assert oxen.jobs == oxen.ledger["postings"] == []
    assert oxen.ledger["captured"] == "0.000000"
    url = f"{oxen.base_url}/api/ai/queue"
    assert httpx.post(url, json=ORDER, headers=bearer(oxen)).status_code == 200
    assert len(oxen.jobs) == 1


def test_both_providers_in_one_test(oxen: World, omixa: World) -> None:
    url = f"{omixa.base_url}/api/v1/videos/jobs"
    httpx.post(url, json=JOB, headers=bearer(omixa)).raise_for_status()
    assert [len(oxen.jobs), len(omixa.jobs)] == [0, 1]
    omixa.advance("5m")
    assert omixa.ledger["captured"] == "0.400000"


@pytest.mark.anyio
async def test_async_clients_are_served(oxen: World) -> None:
    async with httpx.AsyncClient(base_url=oxen.base_url, headers=bearer(oxen)) as client:
        made = await asyncio.gather(*(client.post("/api/ai/queue", json=ORDER) for _ in range(5)))
        assert {one.status_code for one in made} == {200}
        oxen.advance("5m")
        answer = await client.get("/api/ai/queue")
    assert answer.json()["count"] == 0
    assert [job["status"] for job in oxen.jobs] == ["succeeded"] * 5


@pytest.mark.anyio
async def test_a_blocking_call_leaps(oxen: World) -> None:
    async with httpx.AsyncClient(base_url=oxen.base_url, headers=bearer(oxen)) as client:
        answer = await client.post("/api/ai/videos/generate", json=ORDER, timeout=30)
    assert answer.json()["videos"]


def test_a_world_may_be_dropped_by_its_test(oxen: World) -> None:
    oxen.drop()
