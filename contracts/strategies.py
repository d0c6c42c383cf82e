"""Requests drawn from the specs, as a client may be asked to make them: each is accepted as it is,
and makes a video.

Nobody but a search imports this: hypothesis and schemathesis are loaded with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from contracts.document import SPECS, of

LARGEST = 3800
"""Bytes that a body has as most clients write it: so few that a record keeps them all."""

EXACT = 2**53
"""What is beyond it is another number in JavaScript."""

WAIT = 10
"""Seconds that a submit may be asked to wait: less than the timeout of any patient client."""

PROMPTS = (
    "A slow pan over a foggy lake",
    'She says: "It\'s over." Then \\n is not a line break.',
    "Two lines:\nthe second is indented\n\tlike this\r\n",
    "Ein Ochse am Fluß, früh — 牛が川を渡る — бык",
    "🎬 a 👩‍👩‍👧 and a 🏳️‍🌈, é as e\u0301",
    "שלום, \u202eמצלמה\u202c נעה לאט — العدسة تقترب",
    "100% {braces} <tags> & $HOME `ticks` %s ${x} #1?",
    "  spaces before and after  ",
)
"""What goes wrong where texts are built by hand: quotes, line breaks, scripts, directions."""

SUBMITS = {"oxen": "enqueue", "omixa": "create"}
PATHS = {
    "enqueue": "/api/ai/queue",
    "generate": "/api/ai/videos/generate",
    "create": "/api/v1/videos/jobs",
}
QUEUE = ("num_generations", "target_repo", "target_directory")
"""Fields that speak to Oxen's queue. A job of another namespace is not in the caller's lists."""

NULLABLE = ("seed", "aspect_ratio", "duration")
"""Parameters that may be null on Oxen's queue: its OpenAPI, version 0.243.1, says so."""


def bodies(provider: str, operation: str = "") -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of the provider's submit, or of another of its operations that ask for a video:
    `enqueue` and `generate` of Oxen, `create` of Omixa. The same seed draws the same ones."""
    drawn = {"enqueue": _enqueue, "generate": _generate, "create": _create}
    return drawn[operation or SUBMITS[provider]]().map(_portable).filter(_sendable)


@st.composite
def _enqueue(draw: st.DrawFn) -> dict[str, Any]:
    """The queue's own fields, and the parameters of a model as the blocking call has them: the
    queue itself checks nothing of those, but the job would fail."""
    video, queue = draw(_video()), draw(_drawn("oxen", "enqueue"))
    nulls = draw(st.sets(st.sampled_from(NULLABLE), max_size=1))
    asked = {name: queue[name] for name in QUEUE if name in queue}
    return {**video, **asked, **dict.fromkeys(nulls)}


@st.composite
def _generate(draw: st.DrawFn) -> dict[str, Any]:
    return {**draw(_video()), **draw(st.sampled_from([{}, {}, {"response_format": "url"}]))}


@st.composite
def _video(draw: st.DrawFn) -> dict[str, Any]:
    """The parameters of one of Oxen's models, and perhaps some that no model knows."""
    body = draw(_drawn("oxen", "generate"))
    own, known = _properties(body["model"]), _documented()
    body = {name: one for name, one in body.items() if name in own or name not in known}
    if str(body.get("input_image", "")).startswith("data:"):
        body["input_image"] = draw(st.sampled_from(_images()))
    if shots := body.get("multi_prompt"):
        body["multi_prompt"] = _timed(shots)
    return _told(body, draw(_prompts()))


@st.composite
def _create(draw: st.DrawFn) -> dict[str, Any]:
    body = dict(draw(_drawn("omixa", "create")))
    for name in ("wait_seconds", "poll_interval_seconds"):
        if name in body:
            body[name] = min(body[name], WAIT)
    return _told(body, draw(_prompts()))


def _prompts() -> st.SearchStrategy[str | None]:
    """A prompt to take the place of a drawn one, or none."""
    return st.sampled_from((None, *PROMPTS))


def _told(body: dict[str, Any], prompt: str | None) -> dict[str, Any]:
    return body if prompt is None or "prompt" not in body else {**body, "prompt": prompt}


def _timed(shots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many of the shots as last 15 seconds, and no less than 3: the spec's x-total."""
    kept, left = [], 15
    for one in shots:
        if one["duration"] > left:
            break
        kept.append(one)
        left -= one["duration"]
    short = max(3 - (15 - left), 0)
    return [{**kept[0], "duration": kept[0]["duration"] + short}, *kept[1:]]


def _portable(value: Any) -> Any:
    """The same with every whole number as an integer: some languages know no other."""
    if isinstance(value, dict):
        return {name: _portable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_portable(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sendable(body: dict[str, Any]) -> bool:
    """Whether every language's JSON gives the body back as it was, and a record keeps it."""
    if len(json.dumps(body)) > LARGEST:
        return False
    for one in _leaves(body):
        if isinstance(one, str):
            if "\0" in one or one == "__proto__":
                return False
        elif isinstance(one, int | float) and abs(one) >= EXACT:
            return False
    return True


def _leaves(value: Any) -> Iterator[Any]:
    """Every name and every value that is neither a list nor an object."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


@cache
def _drawn(provider: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """What schemathesis draws for the body of an operation, valid as far as a schema can say. It
    reads no configuration of the project that it happens to run in."""
    file = SPECS / f"{provider}.yaml"
    schema = schemathesis.openapi.from_path(file, config=SchemathesisConfig())
    found = schema[PATHS[operation]]["POST"]
    cases: st.SearchStrategy[Any] = found.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return cases.map(lambda case: case.body)


@cache
def _properties(model: str) -> frozenset[str]:
    """The parameters of one of Oxen's models."""
    return next(
        frozenset(page["properties"])
        for page in of("oxen").schemas.values()
        if page.get("properties", {}).get("model", {}).get("const") == model
    )


@cache
def _documented() -> frozenset[str]:
    """Every name that means something to Oxen somewhere."""
    pages: list[Mapping[str, Any]] = list(of("oxen").schemas.values())
    return frozenset(name for page in pages for name in page.get("properties", {}))


@cache
def _images() -> tuple[str, ...]:
    """The tiny images of Omixa's spec, which are whole ones."""
    images: tuple[str, ...] = tuple(of("omixa").samples["ImageDataUrl"])
    return images
