"""From a call to the hub to a command or a query. Pure: the instant is in the call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.core.commands import Browse, Cancel, Find, Know, Short, Submit
from emulator.core.jobs import Draft, Status
from emulator.core.refusals import Reason, Refused
from emulator.providers.body import FAR, digits, json_object, whole
from emulator.providers.links import verify
from emulator.providers.models import Model
from emulator.providers.oxen.check import problem
from emulator.providers.oxen.prices import price
from emulator.providers.oxen.shots import shot
from emulator.providers.oxen.words import ENVELOPE, OWN, STATUSES
from emulator.providers.port import Call, Terms

TEXTS = ("target_namespace", "target_repo", "target_directory")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NULLABLE = frozenset({"seed", "aspect_ratio", "duration"})
"""Parameters that the queue's OpenAPI lets be null, which means that they are not given."""

HIDDEN = OWN | ENVELOPE | {"model"}
"""Parameters that no row repeats."""

LABELS = {"namespace": "target_namespace", "repo": "target_repo", "folder": "target_directory"}


def enqueue(call: Call, terms: Terms) -> Submit:
    """POST /api/ai/queue: parameters are passed on unchecked, a bad one fails the job later."""
    body = json_object(call)
    model = _model(body, terms, kinds=("video", "image"))
    return _submit(body, model, terms, count=_count(body, terms), apart=False)


def generate(call: Call, terms: Terms) -> Submit:
    """POST /api/ai/videos/generate: one video, its parameters checked at once."""
    return _at_once(call, terms, "video")


def generate_image(call: Call, terms: Terms) -> Submit:
    """POST /api/ai/images/generate: one image, its parameters checked at once."""
    return _at_once(call, terms, "image")


def status(call: Call, terms: Terms) -> Find:
    """GET /api/ai/queue/{id} and /api/ai/generations/{id}."""
    return Find(provider="oxen", job=_id(call, terms))


def cancel(call: Call, terms: Terms) -> Cancel:
    """DELETE /api/ai/queue/{id}."""
    bills = terms.assume["cancel-billing"] == "capture"
    return Cancel(provider="oxen", job=_id(call, terms), bills=bills)


def listing(call: Call, terms: Terms) -> Browse:
    """GET /api/ai/queue: without a status, only what is queued or processing."""
    asked = _filters(call, terms)
    waiting = frozenset({Status.QUEUED, Status.RUNNING})
    return Browse(
        provider="oxen",
        apart=terms.assume["sync-jobs"] == "together",
        newest_first=terms.assume["list-order"] == "newest",
        **{"statuses": waiting, **asked},
    )


def history(call: Call, terms: Terms) -> Browse:
    """GET /api/ai/generations: every job; paging is the writer's business."""
    page(call, terms)
    return Browse(
        provider="oxen",
        newest_first=terms.assume["list-order"] == "newest",
        **_filters(call, terms),
    )


def page(call: Call, terms: Terms) -> tuple[int, int]:
    """The page asked for and its size; Refused when either is out of range."""
    return (
        _number(call, "page", 1, 1, FAR),
        _number(call, "page_size", 50, 1, 1000),
    )


def models(call: Call, terms: Terms) -> Know:
    """GET /api/ai/models and /api/ai/models/{id}."""
    return Know()


def search(call: Call, terms: Terms) -> Know:
    """GET /api/ai/models/search, which wants its `search`."""
    if not call.query.get("search"):
        raise Refused(Reason.BAD_PARAMS, "search is required")
    return Know()


def events(call: Call, terms: Terms) -> Know:
    """GET /api/events."""
    return Know()


def download(call: Call, terms: Terms) -> Find:
    """GET of a result: the link's signature is the key, and the key does as well."""
    if (signature := call.query.get("oxen_signature")) is not None:
        verify(call.path, signature, terms.secret, call.at)
    return Find(provider="oxen", job=call.path.rpartition("/")[2].partition(".")[0])


def _at_once(call: Call, terms: Terms, kind: str) -> Submit:
    body = json_object(call)
    model = _model(body, terms, kinds=(kind,))
    if body.get("response_format", "url") not in ("url", "b64_json"):
        raise Refused(Reason.BAD_PARAMS, "response_format must be url or b64_json")
    if kind == "image" and body.get("prompt") == "":
        raise Refused(Reason.BAD_PARAMS, "Prompt cannot be empty")
    submit = _submit(body, model, terms, count=1, apart=True)
    if (wrong := submit.drafts[0].error) is not None:
        raise Refused(Reason.MODEL_ERROR, wrong)
    return submit


def _submit(
    body: Mapping[str, Any], model: Model, terms: Terms, *, count: int, apart: bool
) -> Submit:
    for name in TEXTS:
        if name in body and not isinstance(body[name], str | None):
            raise Refused(Reason.BAD_PARAMS, f"{name} must be a string")
    hidden = OWN if terms.assume["echo"] == "all" else HIDDEN
    params = {name: value for name, value in body.items() if name not in hidden}
    labels = {label: body[name] for label, name in LABELS.items() if body.get(name)}
    if body.get("response_format") == "b64_json":
        labels["format"] = "b64_json"
    given = params if apart else _given(params)
    wrong = problem(model, given, coerce=terms.assume["duration-check"] == "coerce")
    drafts = []
    for nth in range(count):
        picture = shot(model, params, nth)
        cost = price(model, picture, terms.scenario)
        drafts.append(
            Draft(
                model=model.id,
                kind=model.kind,
                shot=picture,
                timing=model.timing,
                price=cost,
                hold=cost,
                error=wrong,
                apart=apart,
                params=params,
                labels={"namespace": terms.world, **labels},
            )
        )
    return Submit(provider="oxen", drafts=tuple(drafts), short=_short(terms, apart=apart))


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without those that are null because they are not given."""
    return {
        name: value for name, value in params.items() if value is not None or name not in NULLABLE
    }


def _short(terms: Terms, *, apart: bool) -> Short:
    if terms.assume["credit-check"] == "run" and not apart:
        return Short.FAIL
    return Short.PART if terms.assume["batch-credit"] == "part" else Short.REFUSE


def _model(body: Mapping[str, Any], terms: Terms, kinds: tuple[str, ...]) -> Model:
    name = body.get("model")
    if not isinstance(name, str):
        raise Refused(Reason.BAD_PARAMS, "model is required and must be a string")
    model = terms.models.get(name)
    if model is None:
        raise Refused(Reason.UNKNOWN_MODEL, name)
    if model.kind not in kinds:
        raise Refused(Reason.WRONG_KIND, name)
    if terms.allowed is not None and name not in terms.allowed:
        raise Refused(Reason.MODEL_FORBIDDEN, f"This key may not use {name}.")
    return model


def _count(body: Mapping[str, Any], terms: Terms) -> int:
    most = int(terms.assume["num-generations-max"])
    count = whole(body.get("num_generations", 1))
    if count is None or not 1 <= count <= most:
        raise Refused(Reason.BAD_PARAMS, f"num_generations must be an integer between 1 and {most}")
    return count


def _id(call: Call, terms: Terms) -> str:
    id = call.params["id"].lower()
    if terms.assume["generation-id-check"] == "400" and not ID.fullmatch(id):
        raise Refused(Reason.BAD_PARAMS, "generation_id must be a UUID")
    return id


def _filters(call: Call, terms: Terms) -> dict[str, Any]:
    asked: dict[str, Any] = {"labels": {"namespace": call.query.get("namespace", terms.world)}}
    strict = terms.assume["bad-filter"] == "refuse"
    if (word := call.query.get("status")) is not None:
        if word in STATUSES:
            asked["statuses"] = frozenset({STATUSES[word]})
        elif strict:
            raise Refused(Reason.BAD_PARAMS, f"status must be one of {', '.join(STATUSES)}")
    if (kind := call.query.get("media_type")) is not None:
        if kind in ("image", "video"):
            asked["kind"] = kind
        elif strict:
            raise Refused(Reason.BAD_PARAMS, "media_type must be image or video")
    if (name := call.query.get("model")) is not None:
        asked["model"] = name
    for label in ("repo", "folder"):
        if (wanted := call.query.get(label)) is not None:
            asked["labels"][label] = wanted
    return asked


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    value = digits(text) or 0
    if not least <= value <= most:
        allowed = f"of at least {least}" if most == FAR else f"from {least} to {most}"
        raise Refused(Reason.BAD_PARAMS, f"{name} must be an integer {allowed}")
    return value
