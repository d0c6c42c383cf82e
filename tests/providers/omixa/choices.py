"""Every assumption about Omixa that can be switched, and what its choices change."""

from __future__ import annotations

from functools import partial
from typing import Any

from emulator.core.clock import HOUR, SECOND
from emulator.core.ledger import Kind
from emulator.core.scenario import PlanRule
from emulator.media import Clip, render
from emulator.providers.port import Inline
from tests.providers.choices import LIMITED, Row, World, limited
from tests.providers.desk import (
    FAILS,
    JOBS,
    LITE,
    PHOTO,
    STUCK,
    Desk,
    created,
    inline,
    polled,
)

STATUS = f"{JOBS}/status"
UNKNOWN = (
    "projects/understudy/locations/us-central1/publishers/google/models/veo-3.1-lite-generate-001"
    "/operations/00000000-0000-4000-8000-000000000000"
)
FILM = inline(render(Clip(width=64, height=48, seconds=8)), "video/mp4")


def create(world: World, **more: Any) -> int:
    """The HTTP status of a create."""
    return world().post(JOBS, {**LITE, **more}).status


def made(world: World, **more: Any) -> Any:
    """What a create makes: seconds, width and height; or the status with which it is refused."""
    desk = world()
    answer = desk.post(JOBS, {**LITE, **more})
    if answer.status != 200:
        return answer.status
    shot = desk.jobs[0].draft.shot
    return shot.seconds, shot.width, shot.height


def running(world: World) -> dict[str, Any]:
    """The object of a job that runs."""
    desk = world()
    operation = created(desk)["operation"]
    return polled(desk.after(20), operation)


def ended(world: World, **more: Any) -> dict[str, Any]:
    """The object of a job that has ended."""
    desk = world(**more)
    operation = created(desk)["operation"]
    return polled(desk.after(40), operation)


def methods(world: World) -> list[int]:
    """What a poll by POST and one by GET give."""
    desk = world()
    operation = created(desk)["operation"]
    post = desk.post(STATUS, {"operation": operation})
    return [post.status, desk.get(f"{STATUS}?operation={operation}").status]


def names(world: World) -> list[int]:
    """What polls give that call the operation something else."""
    desk = world()
    operation = created(desk)["operation"]
    asked = ("operation", "operation_name", "operationName")
    return [desk.post(STATUS, {name: operation}).status for name in asked]


def fate(world: World, **more: Any) -> Any:
    """How a create ends and what it cost, or the status with which it is refused."""
    desk = world()
    answer = desk.post(JOBS, {**LITE, **more})
    if answer.status != 200:
        return answer.status
    word = polled(desk.after(40), answer.body["operation"])["status"]
    return word, sum(desk.posted(Kind.CAPTURE))


def start(world: World) -> str | None:
    """The first frame of a job whose operation is not named."""
    desk = world()
    created(desk, start_frame=PHOTO)
    return desk.jobs[0].draft.shot.start


def held(world: World, **more: Any) -> int:
    """What a create holds."""
    desk = world()
    created(desk, **more)
    return desk.account("omixa").held


def captured(world: World, **more: Any) -> int:
    """What a create costs in the end."""
    desk = world()
    created(desk, **more)
    return desk.after(40).account("omixa").captured


def extension(world: World) -> tuple[int, int]:
    """What it costs to extend eight seconds, inline and by operation."""
    desk = world()
    operation = created(desk)["operation"]
    before = desk.after(40).account("omixa").captured
    created(desk, source_video=operation)
    return captured(world, source_video=FILM), desk.after(40).account("omixa").captured - before


def stuck(world: World) -> str:
    """The status of a job that never ends, after a day."""
    desk = world(plans=(STUCK,))
    operation = created(desk)["operation"]
    return polled(desk.after(86_400), operation)["status"]


def waited(world: World, running: int, **more: int) -> float:
    """The seconds until a create is answered whose job runs so long."""
    desk = world(plans=(PlanRule(queued=0, running=running * SECOND),))
    created(desk, **more)
    return (desk.clock - desk.jobs[0].submitted) / SECOND


def url(world: World) -> str:
    """What a result begins with."""
    shown: Any = ended(world)["data"][0]["url"]
    return shown.prefix if isinstance(shown, Inline) else shown.partition("/api/")[0]


def lifetimes(world: World) -> list[int]:
    """What a link gives just before and after an hour and a day."""
    desk = world()
    operation = created(desk)["operation"]
    link = polled(desk.after(40), operation)["data"][0]["url"]
    edges = [desk.clock + lifetime + off for lifetime in (HOUR, 24 * HOUR) for off in (-1, 0)]
    return [desk.until(edge).get(link).status for edge in edges]


def repeated(world: World) -> list[int]:
    """How many jobs two creates with one key make, and two with different ones."""
    numbers = []
    for second in ("one", "two"):
        desk = world()
        for key in ("one", second):
            desk.post(JOBS, LITE, headers={"idempotency-key": key})
        numbers.append(len(desk.jobs))
    return numbers


def words(world: World) -> list[tuple[str, str]]:
    """The words for a missing key, a bad field and an empty wallet."""
    poor = world(balance=0)
    answers = (
        poor.post(JOBS, LITE, key=None),
        poor.post(JOBS, {**LITE, "seed": "x"}),
        poor.post(JOBS, LITE),
    )
    return [(one.body["error"]["type"], one.body["error"]["code"]) for one in answers]


def money(world: World) -> list[Any]:
    """An amount in the list of models, in the log and in the sums."""
    desk: Desk = world()
    created(desk)
    desk.after(40)
    shown = [
        desk.get(f"/api/v1/{path}").body["data"][0]
        for path in ("models", "usage/requests", "usage/rollups")
    ]
    return [shown[0]["pricing"]["video_per_second"], shown[1]["cost"], shown[2]["cost"]]


ROWS = {
    "omixa.status-methods": Row(
        methods, {"both": [200, 200], "post": [200, 405], "get": [405, 200]}
    ),
    "omixa.status-names": Row(names, {"operation": [200, 422, 422], "any": [200, 200, 200]}),
    "omixa.queued-word": Row(
        lambda world: [created(world())["status"], running(world)["status"]],
        {"running": ["running", "running"], "queued": ["queued", "running"]},
    ),
    "omixa.failed-word": Row(
        lambda world: ended(world, plans=(FAILS,))["status"],
        {"failed": "failed", "error": "error"},
    ),
    "omixa.failed-poll": Row(
        lambda world: ended(world, plans=(FAILS,)).get("error", {}).get("code"),
        {"error": "provider_error", "bare": None},
    ),
    "omixa.running-data": Row(
        lambda world: [
            running(world).get("data", "absent"),
            len(ended(world)["data"]),
            ended(world, plans=(FAILS,))["data"],
        ],
        {"empty": [[], 1, []], "absent": ["absent", 1, []], "null": [None, 1, []]},
    ),
    "omixa.final-poll-after": Row(
        lambda world: ended(world).get("poll_after_seconds", "absent"),
        {"absent": "absent", "null": None, "kept": 5},
    ),
    "omixa.poll-after": Row(
        lambda world: running(world)["poll_after_seconds"], {"5": 5, "1": 1, "15": 15, "30": 30}
    ),
    "omixa.unknown-operation-status": Row(
        lambda world: world().post(STATUS, {"operation": UNKNOWN}).status,
        {"404": 404, "422": 422},
    ),
    "omixa.bad-json-status": Row(
        lambda world: [world().post(path, b"[]").status for path in (JOBS, STATUS)],
        {"422": [422, 422], "400": [400, 400]},
    ),
    "omixa.unknown-model-status": Row(
        lambda world: create(world, model="sora"), {"422": 422, "404": 404}
    ),
    "omixa.check-order": Row(
        lambda world: world(balance=0, accounts=(False,)).post(JOBS, LITE).status,
        {"balance-first": 402, "route-first": 503},
    ),
    "omixa.unknown-fields": Row(
        lambda world: create(world, fps=24), {"ignore": 200, "refuse": 422}
    ),
    "omixa.aliases": Row(
        lambda world: made(world, duration_seconds=8, seconds=4),
        {"first-listed": (8, 1280, 720), "refuse": 422},
    ),
    "omixa.default-operation": Row(start, {"infer": PHOTO, "text_to_video": None}),
    "omixa.missing-inputs": Row(
        lambda world: [
            fate(world, video_operation=operation)
            for operation in (
                "image_to_video",
                "first_last_frames",
                "reference_to_video",
                "extend",
            )
        ],
        {"refuse": [422] * 4, "fail-later": [("failed", 0)] * 4},
    ),
    "omixa.durations": Row(
        lambda world: made(world, duration_seconds=5),
        {"refuse": 422, "snap": (4, 1280, 720)},
    ),
    "omixa.square": Row(
        lambda world: made(world, aspect_ratio="1:1"),
        {"accept": (8, 720, 720), "refuse": 422, "widen": (8, 1280, 720)},
    ),
    "omixa.size-contradiction": Row(
        lambda world: made(world, size="720x1280", aspect_ratio="16:9"),
        {"refuse": 422, "size-wins": (8, 720, 1280)},
    ),
    "omixa.references": Row(
        lambda world: fate(world, reference_images=[PHOTO]),
        {"accept": ("succeeded", 400_000), "fail-later": ("failed", 0), "refuse": 422},
    ),
    "omixa.short-full-hd": Row(
        lambda world: [create(world, resolution="1080p", seconds=length) for length in (4, 6, 8)],
        {"accept": [200, 200, 200], "refuse": [422, 422, 200]},
    ),
    "omixa.extend-bills": Row(
        extension, {"added": (350_000, 350_000), "whole": (750_000, 750_000)}
    ),
    "omixa.hold-size": Row(
        lambda world: [held(world, seconds=4), captured(world, seconds=4)],
        {"requested": [200_000, 200_000], "longest": [400_000, 200_000]},
    ),
    "omixa.job-timeout": Row(stuck, {"30m": "failed", "never": "running"}),
    "omixa.own-polling": Row(
        lambda world: waited(world, 40, wait_seconds=60, poll_interval_seconds=7),
        {"while-waiting": 42, "after-wait": 60},
    ),
    "omixa.wait-cap": Row(
        lambda world: [waited(world, 300, wait_seconds=wait) for wait in (59, 61, 200)],
        {"none": [59, 61, 200], "60s": [59, 60, 60]},
    ),
    "omixa.result-url": Row(
        url, {"link": "https://desk.example", "data": "data:video/mp4;base64,"}
    ),
    "omixa.link-lifetime": Row(
        lifetimes, {"24h": [200, 200, 200, 403], "1h": [200, 403, 403, 403]}
    ),
    "omixa.create-status": Row(create, {"200": 200, "201": 201, "202": 202}),
    "omixa.idempotency": Row(repeated, {"none": [2, 2], "honoured": [1, 2]}),
    "omixa.money-type": Row(
        money,
        {"string": ["0.050000", "0.400000", "0.400000"], "number": [0.05, 0.4, 0.4]},
    ),
    "omixa.signature": Row(create, {"off": 200, "required": 401}),
    "omixa.error-words": Row(
        words,
        {
            "by-area": [
                ("authentication_error", "invalid_api_key"),
                ("validation_error", "invalid_payload"),
                ("billing_error", "insufficient_balance"),
            ],
            "plain": [
                ("api_error", "http_401"),
                ("api_error", "http_422"),
                ("billing_error", "insufficient_balance"),
            ],
        },
    ),
    "omixa.remote-images": Row(
        lambda world: create(world, start_frame="https://example.com/lake.png"),
        {"refuse": 422, "accept": 200},
    ),
    "omixa.limit-headers": Row(partial(limited, "omixa"), LIMITED),
}
