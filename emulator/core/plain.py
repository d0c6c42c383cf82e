"""Values of the core as plain JSON data, and back: what logs, snapshots and pages are made of.

A value of a union carries its class's name under `is`; everything else follows the type hints.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Malformed(ValueError):
    """Data that is not what the type asks for."""


def plain(value: Any) -> Any:
    """The JSON form of a core value. Sets come out sorted, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {"is": type(value).__name__, **named}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(one) for one in value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def build(cls: type[T] | Any, data: Any) -> T:
    """The value of type `cls` that `data` is the JSON form of; Malformed if it is not."""
    try:
        return _build(cls, data)  # type: ignore[no-any-return]
    except Malformed:
        raise
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Malformed(f"{data!r} is not {getattr(cls, '__name__', cls)}: {error}") from None


def _build(want: Any, data: Any) -> Any:
    origin, inner = get_origin(want), get_args(want)
    if want is Any:
        return data
    if origin in (Union, types.UnionType):
        return _one_of(inner, data)
    if origin in (tuple, frozenset) and not isinstance(data, list):
        raise Malformed(f"{data!r} is not a list")
    if origin is tuple:
        return _tuple(inner, data)
    if origin is frozenset:
        return frozenset(_build(inner[0], one) for one in data)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _build(inner[1], one) for key, one in data.items()}
    if dataclasses.is_dataclass(want):
        return _dataclass(want, data)
    if isinstance(want, type) and issubclass(want, Enum):
        return want(data)
    if want is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, want) or (isinstance(data, bool) and want is not bool):
        raise Malformed(f"{data!r} is not {getattr(want, '__name__', want)}")
    return data


def _one_of(choices: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in choices:
        return None
    named: dict[str, Any] = {
        one.__name__: one for one in choices if isinstance(one, type) and _is_value(one)
    }
    if isinstance(data, Mapping) and data.get("is") in named:
        return _dataclass(named[data["is"]], data)
    (other,) = (one for one in choices if one is not type(None))
    return _build(other, data)


def _tuple(inner: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_build(inner[0], one) for one in data)
    return tuple(_build(want, one) for want, one in zip(inner, data, strict=True))


def _is_value(cls: type) -> bool:
    return dataclasses.is_dataclass(cls)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _dataclass(cls: Any, data: Any) -> Any:
    if not isinstance(data, Mapping):
        raise Malformed(f"{data!r} is not a {cls.__name__}")
    if data.get("is", cls.__name__) != cls.__name__:
        raise Malformed(f"{data['is']} is not {cls.__name__}")
    hints = _hints(cls)
    given = {name: one for name, one in data.items() if name != "is"}
    if unknown := given.keys() - hints.keys():
        raise Malformed(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    return cls(**{name: _build(hints[name], one) for name, one in given.items()})
