"""A provider's spec as a judge of recorded exchanges reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft202012Validator, Registry

from contracts.wording import sentences
from emulator.server.recorder import Headers

SPECS = Path(__file__).parent / "specs"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
JSON = "application/json"


class Operation:
    """One method of one path, and what is documented of it."""

    def __init__(self, contract: Contract, path: str, method: str, page: Mapping[str, Any]) -> None:
        self.name = f"{method.upper()} {path}"
        self.responses: Mapping[str, Any] = page["responses"]
        known = [contract.resolved(one) for one in page["parameters"]]
        self.query = {one["name"]: one for one in known if one["in"] == "query"}
        self.headers = {one["name"].lower(): one for one in known if one["in"] == "header"}
        self.body = contract.resolved(page.get("requestBody", {}))


class Contract:
    """A provider's spec, read once; every validator is made when it is first needed.

    `schemas` are its components, `samples` the values of those that a schema cannot describe.
    """

    def __init__(self, provider: str) -> None:
        self._home = f"urn:understudy:{provider}"
        page = _read(SPECS / f"{provider}.yaml")
        self.samples: Mapping[str, Any] = {
            name: one["enum"]
            for name, one in page["components"]["schemas"].items()
            if one.get("x-samples")
        }
        self._page = _settled(page, self._home)
        self.schemas: Mapping[str, Any] = self._page["components"]["schemas"]
        self._registry = Registry([(self._home, {"components": {"schemas": self.schemas}})])
        self._validators: dict[int, Draft202012Validator] = {}
        self._paths = [
            (re.compile(_pattern(path, page)), self._operations(path, page))
            for path, page in sorted(self._page["paths"].items(), key=lambda one: "{" in one[0])
        ]
        every = [one for _, each in self._paths for one in each.values()]
        self._headers = frozenset(name.encode() for one in every for name in one.headers)

    def found(self, path: str) -> Mapping[str, Operation]:
        """The operations of a path by their methods; none of an unknown one."""
        return next((each for form, each in self._paths if form.fullmatch(path)), {})

    def headers(self, pairs: Headers) -> tuple[tuple[str, str], ...]:
        """The headers that some operation has a word to say about."""
        return tuple(
            (name.decode().lower(), value.decode("latin-1"))
            for name, value in pairs
            if name.lower() in self._headers
        )

    def resolved(self, page: Any) -> Any:
        """What stands where a reference points; the page itself if it is none."""
        if not isinstance(page, Mapping) or "$ref" not in page:
            return page
        found: Any = self._page
        for step in page["$ref"].partition("#/")[2].split("/"):
            found = found[step]
        return found

    def wrong(self, schema: Any, value: Any, whole: str) -> list[str]:
        """What the schema finds wrong with a value."""
        validator = self._validators.get(id(schema))
        if validator is None:
            validator = self._validators[id(schema)] = Draft202012Validator(
                schema, registry=self._registry, validate_formats=True
            )
        if validator.is_valid(value):
            return []
        return sentences(validator.iter_errors(value), whole)

    def refusal(self, path: str, status: int) -> Any:
        """The documented answer to a call that no operation is for; None if there is none."""
        each = self.found(path)
        unrouted = self._page.get("x-unrouted", {})
        page = unrouted.get("other-method" if each else "unknown-path")
        if page is None and each:
            page = next(iter(each.values())).responses.get(str(status))
        return self.resolved(page)

    def _operations(self, path: str, page: Mapping[str, Any]) -> Mapping[str, Operation]:
        shared = page.get("parameters", [])
        found = {method: page[method] for method in METHODS if method in page}
        return {
            method.upper(): Operation(
                self, path, method, {**one, "parameters": [*shared, *one.get("parameters", [])]}
            )
            for method, one in found.items()
        }


@cache
def of(provider: str) -> Contract:
    """The provider's contract."""
    return Contract(provider)


def _pattern(path: str, page: Mapping[str, Any]) -> str:
    """The path as a regular expression; what may hold reserved characters may hold slashes."""
    wide = {one["name"] for one in page.get("parameters", []) if one.get("allowReserved")}
    parts = re.split(r"\{(.+?)\}", path)
    forms = [
        re.escape(part) if nth % 2 == 0 else (".+" if part in wide else "[^/]+")
        for nth, part in enumerate(parts)
    ]
    return "".join(forms)


def _read(file: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)


def _settled(page: Any, home: str) -> Any:
    """The document as a judge reads it: references say where they point to, lists of samples are
    no restriction, and further forms that are accepted are forms."""
    if isinstance(page, list):
        return [_settled(one, home) for one in page]
    if not isinstance(page, dict):
        return page
    found = {name: _settled(one, home) for name, one in page.items()}
    if isinstance(found.get("$ref"), str) and found["$ref"].startswith("#"):
        found["$ref"] = f"{home}{found['$ref']}"
    if found.pop("x-samples", False):
        found.pop("enum", None)
    if also := found.pop("x-also", None):
        found["oneOf"] = [*found["oneOf"], *also]
    return found
