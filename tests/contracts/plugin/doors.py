import httpx
import pytest

from contracts.pytest_plugin import Understudy
from contracts.worlds import Unwilling, World


def models(world: World) -> int:
    return httpx.get(f"{world.base_url}/api/ai/models").status_code


@pytest.mark.understudy("accept-then-reset", listener=True)
def test_a_marker_asks_for_a_listener(oxen: World, understudy: Understudy) -> None:
    assert oxen.base_url != understudy.url
    with pytest.raises(httpx.TransportError):
        models(oxen)
    assert models(oxen) == 200


def test_a_scenario_asks_for_a_listener(oxen: World, understudy: Understudy) -> None:
    assert oxen.base_url == understudy.url
    with pytest.raises(Unwilling, match="need a listener"):
        oxen.fault("refuse_connections", operation="connect")
    oxen.scenario({"seed": 3}, listener=True)
    refusing = oxen.fault("refuse_connections", operation="connect")
    with pytest.raises(httpx.ConnectError):
        models(oxen)
    refusing.disarm()
    assert models(oxen) == 200
    oxen.scenario()
    assert oxen.base_url == understudy.url


def test_a_fault_tells_what_became_of_it(oxen: World) -> None:
    trouble = oxen.fault({"refuse": {"status": 503}}, operation="models", nth=2)
    assert not trouble.fired
    assert trouble.page["why"] == "no call of oxen.models came"
    assert [models(oxen) for _ in range(3)] == [200, 200, 200]

    headers = {"authorization": f"Bearer {oxen.api_key}"}
    url = f"{oxen.base_url}/api/ai/models"
    seen = [httpx.get(url, headers=headers).status_code for _ in range(3)]
    assert seen == [200, 503, 200]
    assert trouble.fired
    (number,) = trouble.page["exchanges"]
    (told,) = [one for one in oxen.exchanges if one["number"] == number]
    assert (told["response"]["status"], told["fault"]) == (503, trouble.id)
    assert [one["id"] for one in oxen.faults] == [trouble.id]
