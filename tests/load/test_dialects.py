from __future__ import annotations

from typing import Any

import pytest

from emulator.load.dialects import DIALECTS, job_in, job_of
from emulator.providers.registry import providers

OXEN, OMIXA = DIALECTS["oxen"], DIALECTS["omixa"]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_call_is_a_route_of_its_provider(name: str) -> None:
    api = DIALECTS[name]
    routes = {(route.operation, route.method) for route in providers()[name].routes}
    for ask in (api.submit({}), api.sync({}), api.look("a/b")):
        assert (ask.operation, ask.method) in routes


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_ordered_is_the_provider_s_own_sample(name: str) -> None:
    _, path, body = providers()[name].sample
    assert DIALECTS[name].submit({}).path == path
    assert {**DIALECTS[name].sample, "prompt": body["prompt"]} == body


def test_the_hub_s_answers_are_understood() -> None:
    assert OXEN.made({"generations": [{"generation_id": "1", "status": "queued"}]}) == "1"
    assert OXEN.end({"status": "processing"}) == ""
    done = {"status": "succeeded", "result_url": "http://127.0.0.1:1/api/repos/a/1.mp4?s=2"}
    assert OXEN.end(done) == "succeeded"
    assert [job_in(link) for link in OXEN.links(done)] == ["1"]
    sync = {"model": "m", "videos": [{"url": "http://127.0.0.1:1/f/7.mp4"}]}
    assert (OXEN.made(sync), OXEN.end(sync)) == ("", "succeeded")
    assert OXEN.links(sync) == ["http://127.0.0.1:1/f/7.mp4"]


def test_omixa_s_answers_are_understood() -> None:
    answer: dict[str, Any] = {"operation": "projects/p/operations/1", "status": "running"}
    assert job_of(OMIXA.made(answer)) == "1"
    assert OMIXA.end(answer) == ""
    answer |= {"status": "succeeded", "data": [{"url": "http://127.0.0.1:1/1-0.mp4"}]}
    assert OMIXA.end(answer) == "succeeded"
    assert OMIXA.links(answer) == ["http://127.0.0.1:1/1-0.mp4"]
    assert OMIXA.look("a/b?c").path.endswith("?operation=a%2Fb%3Fc")


@pytest.mark.parametrize("api", DIALECTS.values())
@pytest.mark.parametrize(
    "said", [None, [], "x", {}, {"generations": []}, {"generations": [{}]}, {"operation": 1}]
)
def test_an_answer_that_names_no_job_is_none(api: Any, said: Any) -> None:
    with pytest.raises(ValueError, match="the answer has no"):
        api.made(said)
    assert (api.end(said), api.links(said)) == ("", [])
