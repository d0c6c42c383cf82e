"""What is wrong with a value, as a sentence: which field, what it is, and what is documented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from jsonschema_rs import ValidationError

SHOWN = 60
"""Characters of a value that are shown."""

TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}

BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} in length",
    "maxLength": "at most {} in length",
    "minItems": "no fewer entries than {}",
    "maxItems": "no more entries than {}",
}

MISSING = " is missing"


def sentences(errors: Iterable[ValidationError], whole: str) -> list[str]:
    """The errors in words, each field once; `whole` is what the value is called that was judged."""
    found, told = [], set[str]()
    for error in errors:
        fields = set(_fields(error))
        if not fields <= told:
            found.append(sentence(error, whole))
        told |= fields
    return found


def sentence(error: ValidationError, whole: str) -> str:
    """One error in words."""
    field = path(error.instance_path) or whole
    kind, value = error.kind, error.instance
    match kind.name:
        case "required":
            return f"{path([*error.instance_path, kind.value])}{MISSING}"
        case "type":
            wanted = _any(TYPES.get(one, one) for one in kind.value)
            named = "" if value is None else f", {_named(value)}"
            return f"{field} is {shown(value)}{named}; documented is {wanted}"
        case "enum":
            return f"{field} is {shown(value)}; documented is {_any(map(shown, kind.value))}"
        case "const":
            return f"{field} is {shown(value)}; documented is only {shown(kind.value)}"
        case "pattern":
            return f"{field} is {shown(value)}; documented is the form {kind.value}"
        case "format":
            return f"{field} is {shown(value)}; documented is the format {kind.value}"
        case "falseSchema":
            return f"{field} does not go with the other fields"
        case "additionalProperties":
            more = ", ".join(path([*error.instance_path, one]) for one in kind.value)
            return f"{more} is not documented"
        case "anyOf" | "oneOf" if _forms(error):
            return _either(sentence(one, whole) for one in _nearest(error))
        case "anyOf" | "oneOf":
            return f"{field} fits several of the documented forms, and is to fit exactly one"
        case bound if bound in BOUNDS:
            limit = BOUNDS[bound].format(shown(kind.value))
            return f"{field} is {shown(value)}; documented is {limit}"
        case _:
            return f"{field}: {error.message[:200]}"


def path(steps: Sequence[Any]) -> str:
    """Where in a JSON document something is, such as `data[0].url`."""
    said = ""
    for step in steps:
        said += f"[{step}]" if isinstance(step, int) else f".{step}"
    return said.removeprefix(".")


def shown(value: Any) -> str:
    """A value as JSON, cut where it gets long."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _named(value: Any) -> str:
    kinds = ((bool, "a boolean"), (str, "a text"), (int | float, "a number"))
    more = ((list, "a list"), (dict, "an object"))
    return next(name for kind, name in (*kinds, *more) if isinstance(value, kind))


def _any(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _either(said: Iterable[str]) -> str:
    each = tuple(dict.fromkeys(said))
    if all(one.endswith(MISSING) for one in each):
        return _any(one.removesuffix(MISSING) for one in each) + MISSING
    return "; or ".join(each)


def _fields(error: ValidationError) -> Iterator[str]:
    """The fields that an error is about."""
    if _forms(error):
        for one in _nearest(error):
            yield from _fields(one)
    else:
        missing = error.kind.value if error.kind.name == "required" else ""
        yield path([*error.instance_path, missing])


def _nearest(error: ValidationError) -> Iterator[ValidationError]:
    """The first error of each form that the value comes nearest to."""
    forms = _forms(error)
    distances = [_distance(errors, error.instance_path) for errors in forms]
    for errors, distance in zip(forms, distances, strict=True):
        if distance == min(distances):
            yield errors[0]


def _forms(error: ValidationError) -> list[list[ValidationError]]:
    """What each form has against the value, if it fits none of several."""
    several = error.kind.name in ("anyOf", "oneOf")
    return error.kind.value if several and all(error.kind.value) else []


def _distance(errors: list[ValidationError], whole: list[str | int]) -> int:
    """How far a value is from a form. Another constant, and more so another type of the whole, says
    that another form was meant."""
    far = 0
    for one in errors:
        match one.kind.name:
            case "type" if one.instance_path == whole:
                far += 20
            case "const":
                far += 10
            case "falseSchema":
                far += 2
            case _:
                far += 1 + min((_distance(form, whole) for form in _forms(one)), default=0)
    return far
