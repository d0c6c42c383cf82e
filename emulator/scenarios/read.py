"""From YAML or JSON to a Scenario. Bad input gets a sentence: where, what, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from emulator.core.clock import Mode, Pace, instant, span
from emulator.core.money import amount
from emulator.core.scenario import Ending, KeyRule, PlanRule, Scenario, View
from emulator.providers.registry import check, providers

T = TypeVar("T")
MOST = 10**15
"""Larger counts are mistakes."""


class BadScenario(ValueError):
    """A scenario that cannot be used, and why."""


class BadRow(BadScenario):
    """A wrong item of a list, which stands in brackets behind the list's name."""


def load(path: str | Path, base: Scenario = Scenario()) -> Scenario:
    """The scenario in a file; BadScenario when it cannot be read or is wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise BadScenario(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadScenario(f"{path}: cannot be read: it is not UTF-8 text") from None
    try:
        data = yaml.load(text, Loader=Unique)
    except ValueError as error:
        raise BadScenario(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "it is neither YAML nor JSON"
        raise BadScenario(f"{path}{line}: cannot be read: {why}") from None
    try:
        return read(data if data is not None else {}, base)
    except BadScenario as error:
        raise BadScenario(f"{path}: {error}") from None


class Unique(yaml.SafeLoader):
    """YAML whose mappings say each thing once: of two values, one would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; a ConstructorError for a field that is there twice."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a field's name is a text", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(data: Any, base: Scenario = Scenario()) -> Scenario:
    """The scenario that the data of a file or a request means; what it leaves out is `base`'s."""
    given = _fields(data, FIELDS)
    try:
        scenario = replace(base, **{FIELDS[name][0]: value for name, value in given.items()})
        check(scenario)
    except ValueError as error:
        raise BadScenario(str(error)) from None
    return scenario


def _fields(data: Any, known: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    """Every field of a mapping, read; BadScenario names the first that is wrong."""
    if not isinstance(data, Mapping):
        raise BadScenario(f"{data!r} is not a mapping of {', '.join(known)}")
    found = {}
    for name, value in data.items():
        if name not in known:
            raise BadScenario(f"there is no {name!r}; there is {', '.join(known)}")
        with _in(str(name)):
            found[name] = known[name][1](value)
    return found


@contextmanager
def _in(place: str) -> Iterator[None]:
    """Say where it was that something was wrong."""
    try:
        yield
    except (ValueError, TypeError) as error:
        joint = "" if isinstance(error, BadRow) else ": "
        kind = BadRow if place.startswith("[") else BadScenario
        raise kind(f"{place}{joint}{error}") from None


def _whole(value: Any) -> int:
    return _at_least(0)(value)


def _at_least(least: int) -> Callable[[Any], int]:
    def number(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise BadScenario(f"{value!r} is not a whole number of at least {least}")
        if value > MOST:
            raise BadScenario(f"{value} is more than {MOST}")
        return value

    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise BadScenario(f"{value!r} is not a text")
    return value


def _name(value: Any) -> str:
    text = _text(value)
    if not text.replace("-", "").replace("_", "").isalnum() or not text.isascii():
        raise BadScenario(f"{value!r} is not a name of letters, digits, - and _")
    return text


def _word(kind: Callable[[str], T], *words: str) -> Callable[[Any], T]:
    def pick(value: Any) -> T:
        if value not in words:
            raise BadScenario(f"{value!r} is none of {', '.join(words)}")
        return kind(value)

    return pick


def _speed(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadScenario(f"{value!r} is not a number")
    return float(value)


def _pace(value: Any) -> Pace:
    known = {
        "mode": ("mode", _word(Mode, *(mode.value for mode in Mode))),
        "speed": ("speed", _speed),
    }
    return replace(Scenario().pace, **_fields(value, known))


def _prices(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of models to dollars")
    return {_text(model): _price(str(model), rate) for model, rate in value.items()}


def _price(model: str, rate: Any) -> int:
    with _in(model):
        return amount(rate)


def _assumptions(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of assumptions to choices")
    return {str(name): str(choice) for name, choice in value.items()}


def _keys(value: Any) -> dict[str, KeyRule]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of keys to what they may do")
    rules = {}
    for key, rule in value.items():
        with _in(_text(key)):
            rules[key] = _key(rule)
    return rules


def _key(value: Any) -> KeyRule:
    known = {"models": ("models", lambda models: frozenset(_list(models, _text)))}
    return KeyRule(**_fields(value, known))


def _accounts(value: Any) -> tuple[bool, ...]:
    """So many healthy accounts, or a list that says `up` or `down` of each."""
    if isinstance(value, list):
        return tuple(_list(value, lambda word: _word(str, "up", "down")(word) == "up"))
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise BadScenario(f"{value!r} is neither a number up to 1000 nor a list of up and down")
    return (True,) * value


def _list(value: Any, read_one: Callable[[Any], T]) -> list[T]:
    if not isinstance(value, list):
        raise BadScenario(f"{value!r} is not a list")
    found = []
    for nth, one in enumerate(value, 1):
        with _in(f"[{nth}]"):
            found.append(read_one(one))
    return found


def _plan(value: Any) -> PlanRule:
    known = {
        "provider": ("provider", _word(str, *providers())),
        "job": ("job", _at_least(1)),
        "model": ("model", _text),
        "do": ("ending", _word(Ending, *(ending.value for ending in Ending))),
        "queued": ("queued", span),
        "running": ("running", span),
        "error": ("error", _text),
        "deliver": ("deliver", _whole),
    }
    given = _fields(value, known)
    return PlanRule(**{known[name][0]: one for name, one in given.items()})


FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", _name),
    "seed": ("seed", _whole),
    "start": ("start", instant),
    "clock": ("pace", _pace),
    "view": ("view", _word(View, *(view.value for view in View))),
    "balance": ("balance", amount),
    "prices": ("prices", _prices),
    "plans": ("plans", lambda plans: tuple(_list(plans, _plan))),
    "assumptions": ("assumptions", _assumptions),
    "keys": ("keys", _keys),
    "accounts": ("accounts", _accounts),
    "keep": ("keep", _whole),
}
"""What a scenario file may say, which field of the value that is, and how it is read."""
