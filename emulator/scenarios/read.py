"""From YAML or JSON to a Scenario. Bad input gets a sentence: where, what, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from emulator.core.assumptions import UnknownAssumption
from emulator.core.clock import Mode, Pace, instant, span
from emulator.core.money import amount
from emulator.core.scenario import Ending, KeyRule, PlanRule, Scenario, View
from emulator.providers.registry import check_assumptions, providers

T = TypeVar("T")


class BadScenario(ValueError):
    """A scenario that cannot be used, and why."""


def load(path: str | Path, base: Scenario = Scenario()) -> Scenario:
    """The scenario in a file; BadScenario when it cannot be read or is wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(f"{path}: cannot be read: {error}") from None
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f":{where.line + 1}" if where else ""
        raise BadScenario(f"{path}{line}: is neither YAML nor JSON") from None
    try:
        return read(data if data is not None else {}, base)
    except BadScenario as error:
        raise BadScenario(f"{path}: {error}") from None


def read(data: Any, base: Scenario = Scenario()) -> Scenario:
    """The scenario that the data of a file or a request means; what it leaves out is `base`'s."""
    given = _fields("scenario", data, FIELDS)
    scenario = replace(base, **{FIELDS[name][0]: value for name, value in given.items()})
    try:
        check_assumptions(scenario.assumptions)
    except UnknownAssumption as error:
        raise BadScenario(f"assumptions: {error}") from None
    return scenario


def _fields(
    where: str, data: Any, known: Mapping[str, tuple[str, Callable[[Any], Any]]]
) -> dict[str, Any]:
    """Every field of a mapping, read; BadScenario names the first that is wrong."""
    if not isinstance(data, Mapping):
        raise BadScenario(f"{where}: {data!r} is not a mapping of {', '.join(known)}")
    found = {}
    for name, value in data.items():
        if name not in known:
            raise BadScenario(f"{where}: there is no {name!r}; there is {', '.join(known)}")
        try:
            found[name] = known[name][1](value)
        except BadScenario as error:
            raise BadScenario(f"{name}: {error}") from None
        except (ValueError, TypeError) as error:
            raise BadScenario(f"{name}: {error}") from None
    return found


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadScenario(f"{value!r} is not a whole number of zero or more")
    return value


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
    return replace(Scenario().pace, **_fields("clock", value, known))


def _prices(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of models to dollars")
    return {_model(model): amount(rate) for model, rate in value.items()}


def _model(value: Any) -> str:
    known = {name for one in providers().values() for name in one.models(_defaults(one.name))}
    if value not in known:
        raise BadScenario(f"{value!r} is not a model; `understudy models` lists them")
    return str(value)


def _defaults(provider: str) -> dict[str, str]:
    own = providers()[provider].assumptions
    return {one.id.split(".", 1)[1]: one.default for one in own}


def _assumptions(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of assumptions to choices")
    return {str(name): str(choice) for name, choice in value.items()}


def _keys(value: Any) -> dict[str, KeyRule]:
    if not isinstance(value, Mapping):
        raise BadScenario(f"{value!r} is not a mapping of keys to what they may do")
    return {_text(key): _key(rule) for key, rule in value.items()}


def _key(value: Any) -> KeyRule:
    known = {"models": ("models", lambda models: frozenset(_list(models, _model)))}
    return KeyRule(**_fields("keys", value, known))


def _accounts(value: Any) -> tuple[bool, ...]:
    """So many healthy accounts, or a list that says `up` or `down` of each."""
    if isinstance(value, list):
        return tuple(_list(value, lambda word: _word(str, "up", "down")(word) == "up"))
    return (True,) * _whole(value)


def _list(value: Any, read_one: Callable[[Any], T]) -> list[T]:
    if not isinstance(value, list):
        raise BadScenario(f"{value!r} is not a list")
    return [read_one(one) for one in value]


def _plan(value: Any) -> PlanRule:
    known = {
        "provider": ("provider", _word(str, *providers())),
        "job": ("job", _whole),
        "model": ("model", _model),
        "do": ("ending", _word(Ending, *(ending.value for ending in Ending))),
        "queued": ("queued", span),
        "running": ("running", span),
        "error": ("error", _text),
        "deliver": ("deliver", _whole),
    }
    given = _fields("plans", value, known)
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
