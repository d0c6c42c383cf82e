"""From checked fields to what will be made: workflow, length, size, and why it would fail later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from emulator.core.jobs import Shot, scaled
from emulator.core.refusals import Refused
from emulator.providers.models import Model
from emulator.providers.omixa.fields import bad, first, values
from emulator.providers.omixa.inputs import Inputs

ADDED = 7.0
"""Seconds that an extension adds: the upstream's."""

SHORTEST_SOURCE, LONGEST_SOURCE = 1.0, 30.0
"""Seconds of video that can be extended: the upstream's."""

EXTENDED_SIDE = 720
"""Pixels of the short side of an extension: the upstream makes 720p only."""

SIZES = {
    "1280x720": ("720p", "16:9"),
    "720x1280": ("720p", "9:16"),
    "1920x1080": ("1080p", "16:9"),
}
LATER = "The provider could not generate the video."
SCENES = 8


def workflow(body: Mapping[str, Any], inputs: Inputs, assume: Mapping[str, str]) -> str:
    """The workflow named, or the one that the inputs call for."""
    if named := first(body, "video_operation"):
        return str(named)
    if assume["default-operation"] == "text_to_video":
        return "text_to_video"
    if inputs.source:
        return "extend"
    if inputs.references:
        return "reference_to_video"
    if inputs.last is not None:
        return "first_last_frames"
    return "image_to_video" if inputs.start is not None else "text_to_video"


def check_inputs(kind: str, inputs: Inputs, model: Model, assume: Mapping[str, str]) -> str | None:
    """Refused if the workflow lacks an input or has one that excludes another.

    Where the assumptions let such a job through, the words with which it fails later.
    """
    try:
        _required(kind, inputs, model)
    except Refused:
        if assume["missing-inputs"] == "refuse":
            raise
        return LATER
    if kind != "reference_to_video" or assume["references"] == "accept":
        return None
    if assume["references"] == "refuse":
        raise bad("reference_images", "are not supported by this model")
    return LATER


def _required(kind: str, inputs: Inputs, model: Model) -> None:
    most = model.media["references"]
    if len(inputs.references) > most:
        raise bad("reference_images", f"must be at most {most} images")
    if inputs.references and (inputs.start or inputs.last or inputs.source):
        raise bad("reference_images", "exclude start_frame, last_frame and source_video")
    if inputs.last is not None and inputs.start is None:
        raise bad("start_frame", "is required with last_frame")
    match kind:
        case "image_to_video" if inputs.start is None:
            raise bad("start_frame", "is required for image_to_video")
        case "first_last_frames" if inputs.start is None or inputs.last is None:
            raise bad("last_frame", "and start_frame are required for first_last_frames")
        case "reference_to_video" if not inputs.references:
            raise bad("reference_images", "are required for reference_to_video")
        case "extend" if not inputs.source:
            raise bad("source_video", "is required for extend")
        case _:
            pass


def seconds(kind: str, body: Mapping[str, Any], model: Model, assume: Mapping[str, str]) -> float:
    """How many seconds will be made. An extension always adds the same."""
    if kind == "extend":
        return ADDED
    safe = model.media["durations"]
    for name, asked in values(body, "duration_seconds"):
        if asked not in safe and assume["durations"] == "refuse":
            raise bad(name, f"must be one of {', '.join(map(str, safe))} for this model")
    asked = first(body, "duration_seconds", model.media["duration"])
    return float(min(safe, key=lambda one: (abs(one - asked), one)))


def shot(
    kind: str,
    body: Mapping[str, Any],
    inputs: Inputs,
    model: Model,
    assume: Mapping[str, str],
    *,
    length: float,
) -> Shot:
    """What each video shows: size from resolution and ratio, first frame from the inputs."""
    resolution, ratio = _look(body, model, assume)
    if resolution == "1080p" and length < 8 and assume["short-full-hd"] == "refuse":
        raise bad("resolution", "1080p needs duration_seconds 8")
    side = int(resolution.removesuffix("p"))
    wide = side * 16 // 9
    width, height = {"16:9": (wide, side), "9:16": (side, wide), "1:1": (side, side)}[ratio]
    before = 0.0
    if kind == "extend" and inputs.film is not None:
        width, height = scaled(inputs.film.width, inputs.film.height, EXTENDED_SIDE)
        before = inputs.film.seconds
        if not SHORTEST_SOURCE <= before <= LONGEST_SOURCE:
            allowed = f"{SHORTEST_SOURCE:g} to {LONGEST_SOURCE:g}"
            raise bad("source_video", f"must be {allowed} seconds long")
    start = inputs.start or next(iter(inputs.references), None)
    inside = start is not None and start.startswith("data:")
    drawn = crc32(f"{body['prompt']}|{body.get('seed')}".encode()) % SCENES
    return Shot(
        kind="video",
        width=width,
        height=height,
        seconds=before + length,
        audio=body.get("generate_audio", model.media["audio"]),
        scene=start if start is not None and not inside else f"scene {drawn}",
        start=start if inside and kind in ("image_to_video", "first_last_frames") else None,
    )


def _look(body: Mapping[str, Any], model: Model, assume: Mapping[str, str]) -> tuple[str, str]:
    """Resolution and aspect ratio; a size such as 1280x720 says both."""
    ratio = body.get("aspect_ratio")
    if ratio is not None and assume["size-contradiction"] == "refuse":
        for name, size in values(body, "resolution"):
            if size in SIZES and SIZES[size][1] != ratio:
                raise bad(name, f"{size} contradicts aspect_ratio {ratio}")
    resolution = first(body, "resolution", model.media["resolution"])
    if resolution in SIZES:
        resolution, ratio = SIZES[resolution]
    ratio = ratio or model.media["aspect_ratio"]
    if ratio == "1:1" and assume["square"] != "accept":
        if assume["square"] == "refuse":
            raise bad("aspect_ratio", "1:1 is not supported by this model")
        ratio = "16:9"
    return resolution, ratio
