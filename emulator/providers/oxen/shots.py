"""What a model's parameters make: size, length, sound and first frame of a result."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

from emulator.core.jobs import Shot
from emulator.providers.models import Model

SHORT_SIDE = {"720p": 720, "1080p": 1080, "4k": 2160, "1024p": 1024}
LONGEST = 60
"""Seconds that no model of the hub goes beyond."""

SCENES = 8
"""Without an image, a result shows one of so many scenes, so that worlds can share them."""


def shot(model: Model, params: Mapping[str, Any], nth: int = 0) -> Shot:
    """The `nth` result for these parameters; what is missing or makes no sense is a default."""
    image = _image(model, params)
    given = str(params.get("resolution")), str(params.get("aspect_ratio"))
    width, height = _size(*given, model.media["resolution"], model.media["aspect_ratio"])
    return Shot(
        kind=model.kind,
        width=width,
        height=height,
        scene=_scene(model, params, image, nth),
        seconds=seconds(model, params) if model.kind == "video" else 0.0,
        audio=_audio(model, params),
        format=_format(model, params),
        start=image if image is not None and image.startswith("data:") else None,
    )


def seconds(model: Model, params: Mapping[str, Any]) -> float:
    """How long the video is: its shots' sum, its duration as 8 or 8s, or the model's default."""
    asked = _number(params.get("duration"))
    shots = params.get("multi_prompt") if "shots" in model.media else None
    if isinstance(shots, list):
        lengths = [_number(one.get("duration")) for one in shots if isinstance(one, dict)]
        asked = sum(one for one in lengths if one is not None and one > 0) or asked
    sound = asked is not None and 1 <= asked <= LONGEST
    return asked if sound and asked is not None else float(model.media["duration"])


def _number(value: object) -> float | None:
    if isinstance(value, str):
        value = value.removesuffix("s")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _size(resolution: str, ratio: str, usual: str, usual_ratio: str) -> tuple[int, int]:
    short = SHORT_SIDE.get(resolution) or SHORT_SIDE[usual]
    wide, _, high = ratio.partition(":")
    if f"{wide}:{high}" not in ("16:9", "9:16", "1:1", "4:3", "3:4"):
        wide, _, high = usual_ratio.partition(":")
    across, down = int(wide), int(high)
    if across >= down:
        return _even(short * across / down), short
    return short, _even(short * down / across)


def _even(side: float) -> int:
    return round(side / 2) * 2


def _image(model: Model, params: Mapping[str, Any]) -> str | None:
    for name in model.links:
        image = params.get(name)
        if isinstance(image, list) and image:
            image = image[0]
        if isinstance(image, str):
            return image
    return None


def _scene(model: Model, params: Mapping[str, Any], image: str | None, nth: int) -> str:
    if image is not None and not image.startswith("data:"):
        return image
    drawn = crc32(f"{model.id}|{params.get('prompt')}|{params.get('seed')}".encode())
    return f"scene {(drawn + nth) % SCENES}"


def _audio(model: Model, params: Mapping[str, Any]) -> bool:
    asked = params.get("generate_audio")
    return asked if isinstance(asked, bool) else bool(model.media.get("audio", False))


def _format(model: Model, params: Mapping[str, Any]) -> str:
    if model.kind == "video":
        return "mp4"
    asked = params.get("output_format")
    return asked if asked in ("png", "jpg", "webp") else str(model.media["format"])
