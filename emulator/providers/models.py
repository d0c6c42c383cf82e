"""A model is data: one YAML file with its schema, price, media and timing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import yaml

from emulator.core.clock import span
from emulator.core.jobs import Timing
from emulator.core.money import Micros, usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of a provider.

    `rate` is the price of a second of video, or of one image; `schema` the JSON Schema of its
    parameters, `validator` the same compiled and `links` the parameters that are URLs; `media` the
    defaults of what it makes; `facts` what the provider's own pages say of it besides.
    """

    id: str
    kind: str
    rate: Micros
    timing: Timing
    schema: Mapping[str, Any]
    validator: jsonschema_rs.Draft202012Validator = field(compare=False, repr=False)
    links: tuple[str, ...] = ()
    media: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@cache
def catalogue(package: str) -> tuple[Mapping[str, Any], ...]:
    """The model files of a provider's package, in the order of their names."""
    folder = files(package) / "models"
    pages = sorted((page for page in folder.iterdir() if page.name.endswith(".yaml")), key=str)
    return tuple(yaml.safe_load(page.read_text(encoding="utf-8")) for page in pages)


def model(page: Mapping[str, Any], edition: str | None = None) -> Model:
    """The model that a file describes. One with several editions has a schema for each."""
    schema = page["schemas"][edition] if edition else page.get("schema", {})
    timing = page.get("timing", {})
    return Model(
        id=page["id"],
        kind=page["kind"],
        rate=usd(page.get("rate", "0")),
        timing=Timing(
            queued=_bounds(timing.get("queued", ["0s", "0s"])),
            running=_bounds(timing.get("running", ["0s", "0s"])),
        ),
        schema=schema,
        validator=jsonschema_rs.Draft202012Validator(schema),
        links=tuple(_links(schema)),
        media=page.get("media", {}),
        facts=page.get("facts", {}),
    )


def _links(schema: Mapping[str, Any]) -> Iterator[str]:
    """The parameters that are a URL, or a list of URLs."""
    for name, prop in schema.get("properties", {}).items():
        if "uri" in (prop.get("format"), prop.get("items", {}).get("format")):
            yield name


def _bounds(texts: list[str]) -> tuple[int, int]:
    low, high = (span(text) for text in texts)
    if low > high:
        raise ValueError(f"a timing of {texts[0]} to {texts[1]} runs backwards")
    return low, high
