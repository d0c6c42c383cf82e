"""The seed page's table of request fields: names, aliases, types and ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from emulator.core.refusals import Reason, Refused
from emulator.providers.body import whole

Check: TypeAlias = Callable[[Any], str | None]
"""What a value should be, if it is not that; else None."""

OPERATIONS = (
    "text_to_video",
    "image_to_video",
    "first_last_frames",
    "reference_to_video",
    "extend",
)
RATIOS = ("16:9", "9:16", "1:1")
RESOLUTIONS = ("720p", "1080p", "1280x720", "720x1280", "1920x1080")
SEED_LIMIT = 2**32 - 1
INT32 = 2**31 - 1
"""The largest wait: 'any valid value' of an integer, taken as the usual one."""


def text(value: Any) -> str | None:
    """Any string."""
    return None if isinstance(value, str) else "must be a string"


def filled(value: Any) -> str | None:
    """A string that says something."""
    return None if isinstance(value, str) and value else "must be a non-empty string"


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be a boolean"


def one_of(*words: str) -> Check:
    """One of these words."""
    said = f"must be one of {', '.join(words)}"
    return lambda value: None if isinstance(value, str) and value in words else said


def integer(least: int, most: int) -> Check:
    """A whole number in a range; 8.0 is one."""
    said = f"must be an integer from {least} to {most}"

    def check(value: Any) -> str | None:
        number = whole(value)
        return None if number is not None and least <= number <= most else said

    return check


def number(least: float, most: float) -> Check:
    """A number in a range."""

    def check(value: Any) -> str | None:
        real = isinstance(value, int | float) and not isinstance(value, bool)
        return (
            None if real and least <= value <= most else f"must be a number from {least} to {most}"
        )

    return check


def inline(value: Any) -> str | None:
    """An inline object or a string; what is inside is looked at later."""
    return None if isinstance(value, str | dict) else "must be an inline object or a data URL"


def several(value: Any) -> str | None:
    """An array of inline images."""
    if not isinstance(value, list) or not value:
        return "must be a non-empty array of inline images"
    return next((said for said in map(inline, value) if said), None)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name and aliases in the order of the table, and its check."""

    names: tuple[str, ...]
    check: Check
    required: bool = False


FIELDS = (
    Field(("model",), text, required=True),
    Field(("prompt",), filled, required=True),
    Field(("video_operation", "task"), one_of(*OPERATIONS)),
    Field(("duration_seconds", "seconds"), number(1, 30)),
    Field(("aspect_ratio",), one_of(*RATIOS)),
    Field(("resolution", "size"), one_of(*RESOLUTIONS)),
    Field(("sample_count", "n_variants"), integer(1, 4)),
    Field(("negative_prompt",), text),
    Field(("person_generation",), text),
    Field(("generate_audio",), flag),
    Field(("enhance_prompt",), flag),
    Field(("seed",), integer(0, SEED_LIMIT)),
    Field(("start_frame", "first_frame", "image", "input_reference"), inline),
    Field(("last_frame", "end_frame"), inline),
    Field(("reference_images",), several),
    Field(("source_video", "source_video_id", "video_id"), inline),
    Field(("wait_seconds",), integer(0, INT32)),
    Field(("poll_interval_seconds",), integer(0, INT32)),
)
ALIASES = {one.names[0]: one.names for one in FIELDS}
KNOWN = frozenset(name for one in FIELDS for name in one.names)


def bad(name: str, said: str) -> Refused:
    """The refusal of one field, which it names."""
    return Refused(Reason.BAD_PARAMS, f"{name} {said}.")


def check(body: Mapping[str, Any], assume: Mapping[str, str]) -> None:
    """Refused for the first field that is wrong. An alias that another overrides is checked too."""
    if assume["unknown-fields"] == "refuse" and (unknown := sorted(body.keys() - KNOWN)):
        raise bad(unknown[0], "is not a known field")
    for field in FIELDS:
        given = values(body, field.names[0])
        for name, value in given:
            if said := field.check(value):
                raise bad(name, said)
        if not given and field.required:
            raise bad(field.names[0], "is required")
        if assume["aliases"] == "refuse" and any(value != given[0][1] for _, value in given):
            raise bad(given[0][0], f"contradicts {given[-1][0]}")


def values(body: Mapping[str, Any], field: str) -> list[tuple[str, Any]]:
    """What a request says of a field, under each of its names, in the order of the table."""
    return [(name, body[name]) for name in ALIASES[field] if name in body]


def first(body: Mapping[str, Any], field: str, default: Any = None) -> Any:
    """The value of a field: that of the first listed of its names that is there."""
    return next((value for _, value in values(body, field)), default)
