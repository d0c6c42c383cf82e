"""Every assumption about the Oxen hub that can be switched, and what its choices change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from emulator.core.clock import HOUR, MINUTE
from emulator.providers.port import Inline, Stream
from emulator.providers.registry import providers
from tests.providers.choices import LIMITED, Row, World, limited
from tests.providers.desk import FAILS, QUEUE, VEO, Desk, enqueued, row

MODELS = "/api/ai/models"
SYNC = "/api/ai/videos/generate"
FLUX = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"}
NEWER = {**VEO, "duration": 8}
"""Right in the newer edition of Veo Lite, wrong in the seed's."""

(STREAM,) = (one for one in providers()["oxen"].routes if isinstance(one, Stream))


def status(act: Callable[[Desk], Any]) -> Callable[[World], int]:
    """The HTTP status of what is done at a desk."""
    return lambda world: act(world()).status


def run(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """The row of a submit once it has run."""
    (id,) = enqueued(desk, body)
    return row(desk.after(40), id)


def link(desk: Desk) -> str:
    """The link to a result."""
    return run(desk, VEO)["result_url"]


def gates(world: World) -> list[int]:
    """What a CLI of old gets from the queue and from a file."""
    desk, agent = world(), {"headers": {"user-agent": "oxen/0.1.0"}}
    url = link(desk) if desk.terms["oxen"].assume["user-agent-gate"] != "everywhere" else ""
    targets = (QUEUE, url or "/api/repos/a/b/file/main/c.mp4?oxen_signature=desk.1.0")
    return [desk.get(target, **agent).status for target in targets]


def counts(world: World) -> list[int]:
    """What becomes of four, five, twelve and thirteen generations."""
    desk = world()
    asked = ({**FLUX, "num_generations": count} for count in (4, 5, 12, 13))
    return [desk.post(QUEUE, body).status for body in asked]


def cancelled_late(desk: Desk) -> Any:
    """The answer to a cancel after the end."""
    (id,) = enqueued(desk)
    return desk.after(40).delete(f"{QUEUE}/{id}")


def cancelled_early(world: World) -> list[str | None]:
    """What a cancelled job cost that waited, and one that ran."""
    costs = []
    for seconds in (5, 20):
        desk = world()
        (id,) = enqueued(desk)
        desk.after(seconds).delete(f"{QUEUE}/{id}")
        costs.append(desk.get(f"/api/ai/generations/{id}").body["generation"]["cost"])
    return costs


def poor(world: World) -> Any:
    """What a submit without credit comes to."""
    desk = world(balance=0)
    if desk.post(QUEUE, VEO).status == 402:
        return 402
    return row(desk.after(40), desk.jobs[0].id)["error_message"]


def short(world: World) -> Any:
    """What three come to where the balance covers two."""
    desk = world(balance=800_000)
    if desk.post(QUEUE, {**VEO, "num_generations": 3}).status == 402:
        return 402
    return [row(desk.after(40), job.id)["error_message"] for job in desk.jobs]


def order(world: World) -> list[int]:
    """The order of a list and of the history, by number."""
    desk = world()
    ids = enqueued(desk, num_generations=2)
    rows = (desk.get(path).body["generations"] for path in (QUEUE, "/api/ai/generations"))
    return [ids.index(one["generation_id"]) for listed in rows for one in listed]


def echo(world: World) -> list[str]:
    """The envelope's fields in a row."""
    desk = world()
    (id,) = enqueued(desk, VEO, num_generations=1, response_format="url")
    return sorted({"model", "num_generations", "response_format"} & row(desk, id).keys())


def nulls(world: World) -> list[str]:
    """The fields of a queued row that can be null."""
    desk = world()
    names = ("result_url", "error_message", "started_at", "completed_at", "target_repo")
    shown = row(desk, *enqueued(desk))
    return [name for name in names if name in shown]


def retryable(world: World) -> Any:
    """Whether a failed row says that trying again may help."""
    return run(world(plans=(FAILS,)), VEO).get("error_retryable", "absent")


def sync_jobs(world: World) -> list[int]:
    """Where a sync generation shows: queue, history, events."""
    desk = world()
    desk.post(SYNC, VEO)
    lists = (f"{QUEUE}?status=succeeded", "/api/ai/generations")
    return [*(desk.get(target).body["count"] for target in lists), len(desk.frames)]


def queue_b64(world: World) -> Any:
    """What stands in the place of a link for base64 on the queue."""
    desk = world()
    url = run(desk, {**VEO, "response_format": "b64_json"})["result_url"]
    return url.prefix if isinstance(url, Inline) else url.partition("/api/")[0]


def lifetimes(world: World) -> list[int]:
    """What a link gives just before and after five minutes, an hour and a day."""
    desk = world()
    url = link(desk)
    lifetimes = (5 * MINUTE, HOUR, 24 * HOUR)
    edges = [desk.clock + lifetime + off for lifetime in lifetimes for off in (-1, 0)]
    return [desk.until(edge).get(url).status for edge in edges]


def signing(world: World) -> bool:
    """Whether a row shows the same link after a while in which something else was submitted."""
    desk = world()
    first = link(desk)
    enqueued(desk.after(60))
    return row(desk, desk.jobs[0].id)["result_url"] == first


def opening(world: World) -> bytes:
    """The stream's first bytes."""
    return STREAM.opening(world().terms["oxen"].assume)


def schemas(world: World) -> list[str]:
    """The names of a model's schema."""
    shown = world().get(f"{MODELS}/google-veo-3-1-lite").body
    return sorted({"request_schema", "json_request_schema"} & shown.keys())


def durations(world: World) -> list[str]:
    """How jobs end whose duration is of the other type: 8 for 8s in Veo Lite, 8s for 8 in Veo."""
    veo = {"model": "google-veo-3-1", "prompt": "A lake", "duration": "8s"}
    return [run(world(), body)["status"] for body in (NEWER, veo)]


ROWS = {
    "oxen.veo-lite-edition": Row(
        lambda world: run(world(), {"model": VEO["model"], "prompt": "A lake", "duration": 8})[
            "status"
        ],
        {"seed": "failed", "2026-07": "succeeded"},
    ),
    "oxen.public-models": Row(
        lambda world: [
            world().get(target, key=None).status
            for target in (MODELS, f"{MODELS}/search?search=veo", f"{MODELS}/google-veo-3-1")
        ],
        {"open": [200, 200, 200], "key": [401, 401, 401]},
    ),
    "oxen.user-agent-gate": Row(
        gates, {"off": [200, 200], "files": [200, 426], "everywhere": [426, 426]}
    ),
    "oxen.num-generations-max": Row(
        counts, {"4": [200, 400, 400, 400], "12": [200, 200, 200, 400]}
    ),
    "oxen.unknown-model-status": Row(
        status(lambda desk: desk.post(QUEUE, {"model": "none"})), {"404": 404, "400": 400}
    ),
    "oxen.text-model-status": Row(
        status(lambda desk: desk.post(QUEUE, {"model": "understudy-text-only"})),
        {"400": 400, "415": 415},
    ),
    "oxen.invalid-params-status": Row(
        lambda world: [world().post(QUEUE, body).status for body in (b"[]", {"model": 5})],
        {"400": [400, 400], "422": [422, 422]},
    ),
    "oxen.model-error-status": Row(
        lambda world: [world(plans=(FAILS,)).post(SYNC, body).status for body in (VEO, NEWER)],
        {"400": [400, 400], "422": [422, 422], "502": [502, 502]},
    ),
    "oxen.cancel-ended": Row(status(cancelled_late), {"200": 200, "404": 404, "409": 409}),
    "oxen.cancel-billing": Row(
        cancelled_early, {"release": [None, None], "capture": [None, "0.400000"]}
    ),
    "oxen.credit-check": Row(poor, {"enqueue": 402, "run": "Insufficient credits"}),
    "oxen.batch-credit": Row(short, {"whole": 402, "part": [None, None, "Insufficient credits"]}),
    "oxen.list-order": Row(order, {"newest": [1, 0, 1, 0], "oldest": [0, 1, 0, 1]}),
    "oxen.bad-filter": Row(
        lambda world: [
            world().get(f"{QUEUE}?{query}").status for query in ("status=x", "media_type=x")
        ],
        {"refuse": [400, 400], "ignore": [200, 200]},
    ),
    "oxen.echo": Row(echo, {"params": [], "all": ["model", "num_generations", "response_format"]}),
    "oxen.nulls": Row(
        nulls,
        {
            "present": [
                "result_url",
                "error_message",
                "started_at",
                "completed_at",
                "target_repo",
            ],
            "absent": [],
        },
    ),
    "oxen.error-retryable": Row(retryable, {"absent": "absent", "present": False}),
    "oxen.generation-id-check": Row(
        lambda world: [
            world().call(method, f"{QUEUE}/{id}").status
            for method in ("GET", "DELETE")
            for id in ("nope", "00000000-0000-4000-8000-000000000000")
        ],
        {"404": [404, 404, 404, 404], "400": [400, 404, 400, 404]},
    ),
    "oxen.sync-jobs": Row(sync_jobs, {"apart": [0, 1, 0], "together": [1, 1, 1]}),
    "oxen.queue-b64": Row(
        queue_b64, {"ignored": "https://desk.example", "data-url": "data:video/mp4;base64,"}
    ),
    "oxen.link-lifetime": Row(
        lifetimes,
        {
            "1h": [200, 200, 200, 403, 403, 403],
            "5m": [200, 403, 403, 403, 403, 403],
            "24h": [200, 200, 200, 200, 200, 403],
        },
    ),
    "oxen.link-signing": Row(signing, {"each-read": False, "once": True}),
    "oxen.expired-link": Row(
        status(lambda desk: desk.get(link(desk)[:-1])), {"403": 403, "404": 404}
    ),
    "oxen.stream-opening": Row(opening, {"silence": b"", "comment": b": keep-alive\n\n"}),
    "oxen.model-schema-name": Row(
        schemas,
        {
            "both": ["json_request_schema", "request_schema"],
            "request_schema": ["request_schema"],
            "json_request_schema": ["json_request_schema"],
        },
    ),
    "oxen.duration-check": Row(
        durations,
        {"run": ["failed", "failed"], "coerce": ["succeeded", "succeeded"]},
    ),
    "oxen.limit-headers": Row(partial(limited, "oxen"), LIMITED),
}
