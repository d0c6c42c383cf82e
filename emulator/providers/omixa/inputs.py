"""The inline images and videos of a request: found, decoded, and matched to the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.media import (
    Film,
    NotADataUrl,
    NotAnImage,
    NotAVideo,
    data_url,
    look,
    look_at_video,
)
from emulator.providers.omixa.fields import bad, values
from emulator.providers.omixa.operations import OPERATION

IMAGE_LIMIT = 20_000_000
"""Bytes of an inline image: the upstream's limit of 20 MB."""

MP4 = "video/mp4"
MIMES = ("image/png", "image/jpeg")
"""The upstream's image types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a request brings along. `start` is a data URL or a link; a source is one or the other:
    an inline film, or the name of an operation."""

    start: str | None = None
    last: str | None = None
    references: tuple[str, ...] = ()
    film: Film | None = None
    operation: str | None = None

    @property
    def source(self) -> bool:
        """Whether there is a video to go on from."""
        return self.film is not None or self.operation is not None


def inputs(body: Mapping[str, Any], assume: Mapping[str, str]) -> Inputs:
    """Every input of the request, really decoded; Refused for the first that is none.

    An alias that another overrides is looked at all the same.
    """
    remote = assume["remote-images"] == "accept"
    sources = [_source(name, value) for name, value in values(body, "source_video")]
    film, operation = sources[0] if sources else (None, None)
    return Inputs(
        start=_image(body, "start_frame", remote=remote),
        last=_image(body, "last_frame", remote=remote),
        references=tuple(
            image("reference_images", one, remote=remote)
            for one in body.get("reference_images", ())
        ),
        film=film,
        operation=operation,
    )


def _image(body: Mapping[str, Any], field: str, *, remote: bool) -> str | None:
    urls = [image(name, value, remote=remote) for name, value in values(body, field)]
    return urls[0] if urls else None


def image(name: str, value: Any, *, remote: bool) -> str:
    """The URL of an inline image that decodes; a link only where links are assumed to pass."""
    url = _url(name, value, "image_url")
    if remote and url.startswith("https://"):
        return url
    try:
        _, data = data_url(url)
        if len(data) > IMAGE_LIMIT:
            raise bad(name, f"has {len(data)} bytes, at most {IMAGE_LIMIT} are allowed")
        seen = look(data)
    except (NotADataUrl, NotAnImage) as wrong:
        raise bad(name, f"must be an inline PNG or JPEG image: {wrong}") from None
    if seen.mime not in MIMES:
        raise bad(name, f"must be an inline PNG or JPEG image, not {seen.mime}")
    return url


def _source(name: str, value: Any) -> tuple[Film | None, str | None]:
    url = _url(name, value, "video_url")
    if OPERATION.fullmatch(url):
        return None, url
    try:
        _, data = data_url(url)
        film = look_at_video(data)
    except (NotADataUrl, NotAVideo) as wrong:
        raise bad(name, f"must be an inline MP4 or an operation: {wrong}") from None
    if film.mime != MP4:
        raise bad(name, f"must be an inline MP4 or an operation, not {film.mime}")
    return film, None


def _url(name: str, value: Any, kind: str) -> str:
    """The URL inside an inline object of this kind, or the string itself."""
    if isinstance(value, str):
        return value
    part = value.get(kind)
    url = part.get("url") if isinstance(part, dict) else None
    if value.get("type") != kind or not isinstance(url, str):
        form = f'{{"type": "{kind}", "{kind}": {{"url": "data:…"}}}}'
        raise bad(name, f"must be {form} or a data URL")
    return url
