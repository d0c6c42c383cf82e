"""What both providers are to the outside: hosts, paths, and that looking changes nothing."""

from __future__ import annotations

import pytest

from emulator.core.snapshot import take
from emulator.providers.registry import providers
from tests.providers.desk import JOBS, ORIGIN, QUEUE, Desk, created, enqueued, polled, row

# Documented: method and path of every operation that is emulated.
PATHS = {
    "oxen": {
        "enqueue": {("POST", "/api/ai/queue")},
        "list": {("GET", "/api/ai/queue")},
        "status": {("GET", "/api/ai/queue/{id}")},
        "cancel": {("DELETE", "/api/ai/queue/{id}")},
        "history": {("GET", "/api/ai/generations")},
        "record": {("GET", "/api/ai/generations/{id}")},
        "events": {("GET", "/api/events")},
        "generate": {("POST", "/api/ai/videos/generate")},
        "generate_image": {("POST", "/api/ai/images/generate")},
        "models": {("GET", "/api/ai/models")},
        "search": {("GET", "/api/ai/models/search")},
        "model": {("GET", "/api/ai/models/{id}")},
        "download": {("GET", "/api/repos/{path:rest}")},
    },
    "omixa": {
        "create": {("POST", "/api/v1/videos/jobs")},
        "status": {
            ("POST", "/api/v1/videos/jobs/status"),
            ("GET", "/api/v1/videos/jobs/status"),
        },
        "models": {("GET", "/api/v1/models")},
        "usage": {("GET", "/api/v1/usage/requests")},
        "rollups": {("GET", "/api/v1/usage/rollups")},
        "download": {("GET", "/api/v1/videos/files/{file}")},
    },
}
HOSTS = {"oxen": "hub.oxen.ai", "omixa": "www.omixa.cloud"}


@pytest.mark.parametrize("name", PATHS)
def test_a_provider_has_the_documented_paths(name: str) -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for one in providers()[name].routes:
        found.setdefault(one.operation, set()).add((one.method, one.path))
    assert found == PATHS[name]


@pytest.mark.parametrize(("name", "host"), HOSTS.items())
def test_a_provider_has_its_real_host(name: str, host: str) -> None:
    assert host in providers()[name].hosts


@pytest.mark.parametrize("name", PATHS)
def test_the_sample_that_is_shown_to_newcomers_succeeds(name: str) -> None:
    method, path, body = providers()[name].sample
    desk = Desk()
    assert desk.call(method, path, dict(body)).status == 200
    assert desk.jobs[0].status(desk.after(40).clock) == "succeeded"


@pytest.mark.parametrize("name", PATHS)
def test_a_job_without_a_plan_of_its_own_takes_as_long_as_its_model(name: str) -> None:
    method, path, body = providers()[name].sample
    desk = Desk(plans=())
    desk.call(method, path, dict(body))
    (job,) = desk.jobs
    start, end = (move.at for move in job.plan.moves)
    for bounds, took in (
        (job.draft.timing.queued, start - job.submitted),
        (job.draft.timing.running, end - start),
    ):
        assert bounds[0] <= took <= bounds[1]


def test_looking_changes_nothing() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    operation = created(desk)["operation"]
    desk.after(40)
    links = (row(desk, id)["result_url"], polled(desk, operation)["data"][0]["url"])
    before = take(desk.world)
    for target in (
        QUEUE,
        f"{QUEUE}?status=succeeded",
        f"{QUEUE}/{id}",
        f"{QUEUE}/nope",
        "/api/ai/generations",
        f"/api/ai/generations/{id}",
        "/api/ai/models",
        "/api/ai/models/google-veo-3-1-lite",
        "/api/ai/models/search?search=veo",
        "/api/events",
        f"{JOBS}/status?operation={operation}",
        "/api/v1/models",
        "/api/v1/usage/requests",
        "/api/v1/usage/rollups",
        *links,
    ):
        desk.get(target)
    assert take(desk.world) == before


def test_a_refused_submit_leaves_no_trace() -> None:
    desk = Desk(balance=0)
    before = take(desk.world)
    desk.post(QUEUE, {"model": "google-veo-3-1-lite"})
    desk.post(JOBS, {"model": "veo-3.1-lite-generate-001", "prompt": "A lake"})
    desk.post(QUEUE, b"[]")
    assert take(desk.world) == before


def test_links_use_the_origin_that_was_called() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    operation = created(desk)["operation"]
    desk.after(40)
    assert row(desk, id)["result_url"].startswith(f"{ORIGIN}/api/repos/")
    assert polled(desk, operation)["data"][0]["url"].startswith(f"{ORIGIN}/api/v1/")


def test_the_providers_accounts_are_apart() -> None:
    desk = Desk(balance=400_000)
    enqueued(desk)
    created(desk)
    desk.after(40)
    assert desk.account("oxen").available == desk.account("omixa").available == 0
