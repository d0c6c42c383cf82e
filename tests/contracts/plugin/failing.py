import httpx

from contracts.worlds import World


def test_that_fails(oxen: World, omixa: World) -> None:
    oxen.fault("lose", operation="cancel")
    headers = {"authorization": f"Bearer {oxen.api_key}"}
    order = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "a kite", "n": "x" * 900}
    httpx.post(f"{oxen.base_url}/api/ai/queue", json=order, headers=headers)
    for _ in range(60):
        httpx.get(f"{oxen.base_url}/api/ai/models", headers=headers)
    httpx.post(f"{oxen.base_url}/api/ai/queue", json=order, headers=headers)
    raise AssertionError("on purpose")


def test_that_passes(oxen: World) -> None:
    httpx.get(f"{oxen.base_url}/api/ai/models/never-shown")
