"""Forms: how a value is written in a file or a request. Reader, writer and JSON Schema in one.

A form reads decoded JSON or YAML and raises `Bad`, which knows where it went wrong, what was
found, and what is allowed. Single values are in `scalars`, what is made of them is here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.core.bad import Bad, hint, shown, within
from emulator.core.scalars import (
    DATA,
    DOLLARS,
    FLAG,
    INSTANT,
    JSON,
    SPAN,
    TEXT,
    Form,
    number,
    one_of,
    text_like,
    whole,
    word,
)

__all__ = [
    "DATA",
    "DOLLARS",
    "FLAG",
    "INSTANT",
    "JSON",
    "SPAN",
    "TEXT",
    "Bad",
    "Field",
    "Form",
    "arg",
    "args",
    "changed",
    "default_of",
    "either",
    "hint",
    "listed",
    "made",
    "mapped",
    "number",
    "one_of",
    "record",
    "text_like",
    "whole",
    "within",
    "word",
]

T = TypeVar("T")


def listed(form: Form[T], least: int = 0, most: int | None = None) -> Form[tuple[T, ...]]:
    """A list of such values."""

    def read(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise Bad(f"{shown(value)} is not a list")
        if not least <= len(value) <= (len(value) if most is None else most):
            wanted = f"{least}" if least == most else f"at least {least}"
            raise Bad(f"a list of {wanted} is wanted here, not of {len(value)}")
        found = []
        for nth, one in enumerate(value):
            with within(nth):
                found.append(form.read(one))
        return tuple(found)

    bounds = {"minItems": least} | ({} if most is None else {"maxItems": most})
    return Form(
        read,
        {"type": "array", "items": form.schema, **bounds},
        lambda value: [form.write(one) for one in value],
    )


def mapped(form: Form[T], what: str) -> Form[dict[str, T]]:
    """A mapping from any names to such values; `what` says of what to what."""

    def read(value: Any) -> dict[str, T]:
        if not isinstance(value, Mapping):
            raise Bad(f"{shown(value)} is not a mapping of {what}")
        found = {}
        for name, one in value.items():
            with within(str(name)):
                found[TEXT.read(name)] = form.read(one)
        return found

    return Form(
        read,
        {
            "type": "object",
            "additionalProperties": form.schema,
            "propertyNames": {"minLength": 1},
            "description": what,
        },
        lambda value: {name: form.write(one) for name, one in value.items()},
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its form, and a sentence about it."""

    form: Form[Any]
    text: str = ""


def record(
    known: Mapping[str, Field],
    *,
    needs: Iterable[str] = (),
    alone: Iterable[str] = (),
    lists: str = "",
    what: str = "",
) -> Form[dict[str, Any]]:
    """A mapping of these fields. Each may be left out but those that it `needs`; of those that
    stand `alone` there is one at the most. `lists` says who lists them, where a message cannot."""
    needed, rivals = list(needs), list(alone)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Bad(f"{shown(value)} is not a mapping of {what or ', '.join(known)}")
        found = {}
        for name, one in value.items():
            if name not in known:
                there = lists or f"there is {', '.join(known)}"
                raise Bad(f"there is no {shown(name)}; {there}{hint(name, known)}", key=str(name))
            with within(str(name)):
                found[str(name)] = known[name].form.read(one)
        if missing := [name for name in needed if name not in found]:
            raise Bad(f"`{missing[0]}` is missing")
        if len(both := [name for name in rivals if name in found]) > 1:
            raise Bad(f"{both[0]} and {both[1]} do not go together: say one of them", key=both[1])
        return found

    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            name: {**one.form.schema, **({"description": one.text} if one.text else {})}
            for name, one in known.items()
        },
        "additionalProperties": False,
    }
    if needed:
        schema["required"] = needed
    if rivals:
        pairs = [[a, b] for nth, a in enumerate(rivals) for b in rivals[nth + 1 :]]
        schema["not"] = {"anyOf": [{"required": pair} for pair in pairs]}
    return Form(
        read,
        schema,
        lambda value: {name: known[name].form.write(one) for name, one in value.items()},
    )


def changed(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those of a dataclass's fields that are not at their defaults."""
    fields = {one.name: one for one in dataclasses.fields(value)}
    return {
        name: found for name in names if (found := getattr(value, name)) != default_of(fields[name])
    }


def default_of(one: dataclasses.Field[Any]) -> Any:
    """A field's default; MISSING if it has none."""
    if one.default_factory is not dataclasses.MISSING:
        return one.default_factory()
    return one.default


def made(cls: type[T], known: Mapping[str, Field], **more: Any) -> Form[T]:
    """A dataclass, written as a mapping of these of its fields; defaults are left out."""
    return record(known, **more).then(lambda given: cls(**given), lambda one: changed(one, known))


JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (Mapping,),
    "array": (list, tuple),
    "boolean": (bool,),
    "null": (type(None),),
}


def _may_be(schema: Mapping[str, Any], value: Any) -> bool:
    types = schema.get("type", list(JSON_TYPES))
    kinds = [
        kind for one in ([types] if isinstance(types, str) else types) for kind in JSON_TYPES[one]
    ]
    return type(value) in kinds if isinstance(value, bool) else isinstance(value, tuple(kinds))


def either(*forms: Form[Any], what: str) -> Form[Any]:
    """The first of these forms that fits; `what` names them all."""

    def read(value: Any) -> Any:
        likely = [form for form in forms if _may_be(form.schema, value)]
        if len(likely) == 1:
            return likely[0].read(value)
        for form in likely:
            try:
                return form.read(value)
            except ValueError:
                continue
        raise Bad(f"{shown(value)} is not {what}")

    return Form(read, {"anyOf": [form.schema for form in forms], "description": what})


def arg(form: Form[Any], default: Any, text: str) -> Any:
    """A dataclass's field that is written in this form; `text` is a sentence about it."""
    return field(default_factory=lambda: default, metadata={"field": Field(form, text)})


def args(cls: type[Any]) -> dict[str, Field]:
    """The fields of a dataclass that are written in a form."""
    return {one.name: one.metadata["field"] for one in dataclasses.fields(cls)}
