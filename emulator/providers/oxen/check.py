"""Checking a model's parameters the way the hub's models do: when a job runs, in their words.

The words are the documented run-time vocabulary where it has any for the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema_rs import ValidationError

from emulator.media import NotADataUrl, NotAnImage, data_url, look
from emulator.providers.body import digits
from emulator.providers.models import Model

BOTH = "Value error, Cannot provide both 'prompt' and 'multi_prompt'."
NEITHER = "Value error, Either 'prompt' or 'multi_prompt' must be provided."
IMAGE_LIMIT = 20_000_000
"""Bytes of an inline image; the upstream's limit of 20 MB."""


def problem(model: Model, params: Mapping[str, Any], *, coerce: bool = False) -> str | None:
    """What the model would say is wrong with these parameters; None if nothing is."""
    return next(problems(model, _coerced(model, params) if coerce else params), None)


def problems(model: Model, params: Mapping[str, Any]) -> Iterator[str]:
    """Everything that is wrong, in the order in which the model would notice it."""
    if not model.validator.is_valid(params):
        yield from map(_words, model.validator.iter_errors(params))
    if "shots" in model.media:
        yield from _shots(model, params)
    for name in model.links:
        given = params.get(name)
        for one in given if isinstance(given, list) else (given,):
            if isinstance(one, str):
                yield from _image(name, one)


def _words(error: ValidationError) -> str:
    where = ".".join(str(step) for step in error.instance_path)
    rule = str(error.schema_path[-1]) if error.schema_path else ""
    match rule:
        case "required":
            missing = error.message.split('"')[1] if '"' in error.message else where
            return f"{'.'.join(filter(None, (where, missing)))}: Field required"
        case "enum" | "const":
            return f"{where} value '{_shown(error.instance)}' is invalid"
        case "maxItems":
            return f"{where}: Too many input files"
        case "type":
            return f"{where}: Input should be a valid {_wanted(error)}"
        case _:
            return f"{where}: {error.message}" if where else error.message


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _wanted(error: ValidationError) -> str:
    return error.message.rsplit('"', 2)[-2] if error.message.count('"') >= 2 else "value"


def _shots(model: Model, params: Mapping[str, Any]) -> Iterator[str]:
    prompt, shots = params.get("prompt"), params.get("multi_prompt")
    if prompt is not None and shots is not None:
        yield BOTH
    if prompt is None and shots is None:
        yield NEITHER
    if not isinstance(shots, list):
        return
    low, high = model.media["shots"]
    lengths = [one.get("duration") for one in shots if isinstance(one, dict)]
    total = sum(one for one in lengths if isinstance(one, int | float))
    if total > high:
        yield f"Total shot duration ({total}s) exceeds maximum allowed ({high}s)"
    if total < low:
        yield f"Total shot duration ({total}s) is below minimum allowed ({low}s)"


def _image(name: str, text: str) -> Iterator[str]:
    if text.startswith(("http://", "https://")):
        return
    if not text.startswith("data:"):
        yield f"{name}: Invalid URL"
        return
    try:
        _, data = data_url(text)
        if len(data) > IMAGE_LIMIT:
            yield f"{name}: the image has {len(data)} bytes, at most {IMAGE_LIMIT} are allowed"
        else:
            look(data)
    except (NotADataUrl, NotAnImage) as bad:
        yield f"{name}: {bad}"


def _coerced(model: Model, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters with a duration of the model's own type, where it was given as the other."""
    wanted = model.schema["properties"].get("duration", {}).get("type")
    match wanted, params.get("duration"):
        case "string", int() as length if not isinstance(length, bool):
            return {**params, "duration": f"{length}s"}
        case "integer", str() as length if (number := digits(length.removesuffix("s"))) is not None:
            return {**params, "duration": number}
        case _:
            return params
