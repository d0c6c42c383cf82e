"""What the contract says of an exchange: whether request and answer are as the spec has them.

The spec describes every assumption's default, so exchanges under another are not to be judged by
it. A client that goes where an answer has sent it is not blamed for the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import orjson

from contracts.document import JSON, Contract, Operation, of
from contracts.trial import Flaw
from contracts.wording import shown
from emulator.server.recorder import UNANSWERED, Exchange, Headers

MOST = 3
"""Flaws of one exchange that are told."""

REMEMBERED = 2048
"""Verdicts that are kept: trials repeat each other's calls to the byte."""


def flaws(provider: str, exchanges: Iterable[Exchange]) -> tuple[Flaw, ...]:
    """Every departure from the provider's contract, in the order of the exchanges.

    Answers are judged where no fault took the call and the provider was called; of streams and
    files only the head is.
    """
    contract = of(provider)
    found, led = [], set[tuple[str, str]]()
    for one in exchanges:
        if not one.method:
            continue
        if _split(one.target) not in led:
            given = contract.headers(one.request_headers)
            wrong = _asked(provider, one.method, one.target, given, _arrived(one))
            found += [Flaw(one.number, False, text) for text in wrong]
        if one.provider == provider and not one.fault and one.status != UNANSWERED:
            body = one.response_body if isinstance(one.response_body, bytes) else None
            kind = _header(one.response_headers, b"content-type").partition(";")[0].strip().lower()
            wrong = _answered(provider, one.method, _split(one.target)[0], one.status, kind, body)
            found += [Flaw(one.number, True, text) for text in wrong]
        if 300 <= one.status < 400:
            led.add(_led(one))
    return tuple(found)


@lru_cache(maxsize=REMEMBERED)
def _asked(
    provider: str,
    method: str,
    target: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes | None,
) -> tuple[str, ...]:
    """What is wrong with a request. A body that is None is not known."""
    contract, (path, query) = of(provider), _split(target)
    each = contract.found(path)
    if method not in each:
        why = f"documented there is {', '.join(each)}" if each else "there is no such path"
        return (f"{method} {path}: {why}",)
    operation = each[method]
    wrong = [*_query(contract, operation, query), *_heads(contract, operation, dict(headers))]
    if body is not None and operation.body:
        wrong += _body(contract, operation, body)
    return tuple(f"{operation.name}: {text}" for text in wrong[:MOST])


def _query(contract: Contract, operation: Operation, query: str) -> Iterator[str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    for name in given:
        if name not in operation.query:
            known = ", ".join(operation.query) or "none"
            yield f"the query parameter {name} is not documented; there is {known}"
    for name, page in operation.query.items():
        if name in given:
            value = _typed(given[name], page["schema"])
            yield from contract.wrong(page["schema"], value, f"the query parameter {name}")
        elif page.get("required"):
            yield f"the query parameter {name} is missing"


def _heads(contract: Contract, operation: Operation, given: Mapping[str, str]) -> Iterator[str]:
    for name, page in operation.headers.items():
        if name in given:
            value = _typed(given[name], page["schema"])
            yield from contract.wrong(page["schema"], value, f"the header {page['name']}")
        elif page.get("required"):
            yield f"the header {page['name']} is missing"


def _body(contract: Contract, operation: Operation, body: bytes) -> list[str]:
    if not body:
        return ["there is no body; documented is JSON"] if operation.body.get("required") else []
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = shown(body.decode("utf-8", "replace"))
        return [f"the body is {said}, which is no JSON"]
    return contract.wrong(operation.body["content"][JSON]["schema"], value, "the body")


@lru_cache(maxsize=REMEMBERED)
def _answered(
    provider: str, method: str, path: str, status: int, kind: str, body: bytes | None
) -> tuple[str, ...]:
    """What is wrong with an answer. A body that is None is not known."""
    contract = of(provider)
    operation = contract.found(path).get(method)
    if operation is None:
        name, page = f"{method} {path}", contract.refusal(path, status)
        if page is None:
            return ()
    else:
        name, page = operation.name, contract.resolved(operation.responses.get(str(status)))
        if page is None:
            known = ", ".join(operation.responses)
            return (f"{name}: the status {status} is not documented; there is {known}",)
    content = page.get("content", {})
    if method == "HEAD" or not content:
        return ()
    if kind not in content:
        known = ", ".join(content)
        return (f"{name}: {status} came as {kind or 'nothing'}; documented is {known}",)
    schema = content[kind].get("schema")
    if kind != JSON or schema is None or body is None:
        return ()
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return (f"{name}: the body of {status} is no JSON",)
    wrong = contract.wrong(schema, value, "the body")
    return tuple(f"{name}: of {status}, {text}" for text in wrong[:MOST])


def _arrived(one: Exchange) -> bytes | None:
    """The request's body; None if it was not kept, or not read because the head was refused."""
    if not isinstance(one.request_body, bytes):
        return None
    announced = _header(one.request_headers, b"content-length").strip("0 ")
    if not one.request_body and (announced or _header(one.request_headers, b"transfer-encoding")):
        return None
    return one.request_body


def _header(pairs: Headers, name: bytes) -> str:
    for given, value in pairs:
        if given.lower() == name:
            return value.decode("latin-1")
    return ""


def _split(target: str) -> tuple[str, str]:
    """The path, decoded, and the query as it came."""
    path, _, query = target.partition("?")
    return unquote(path), query


def _led(one: Exchange) -> tuple[str, str]:
    """The path and the query that an answer sends its client to."""
    place = _header(one.response_headers, b"location")
    parts = urlsplit(urljoin(f"http://here{one.target}", place))
    return unquote(parts.path) or "/", parts.query


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text as the value that its schema is about."""
    if schema.get("type") in ("integer", "number", "boolean"):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
        return value if isinstance(value, bool | int | float) else text
    return text
