"""The hub's catalogue, and its model objects as the models endpoint writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.core.clock import EPOCH, SECOND, instant
from emulator.core.commands import Reply
from emulator.core.money import DOLLAR
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario
from emulator.providers.models import Model, catalogue, model
from emulator.providers.port import Answer, Call, Terms

ENDPOINTS = {"video": "/videos/generate", "image": "/images/generate", "text": "/chat/completions"}


def models(assume: Mapping[str, str]) -> dict[str, Model]:
    """The models by name, each in the edition assumed."""
    pages = catalogue(__package__ or __name__)
    edited = ((page, assume.get(page.get("edition", ""))) for page in pages)
    return {page["id"]: model(page, edition) for page, edition in edited}


def listed(reply: Reply, call: Call, terms: Terms) -> Answer:
    """GET /api/ai/models: filters that match nothing give an empty list."""
    return _page(_kept(call, terms), terms)


def found(reply: Reply, call: Call, terms: Terms) -> Answer:
    """GET /api/ai/models/search: the words are looked for in names and titles."""
    words = call.query["search"].lower()
    kept = (
        one
        for one in terms.models.values()
        if words in one.id.lower() or words in str(one.facts.get("display_name")).lower()
    )
    return _page(kept, terms)


def shown(reply: Reply, call: Call, terms: Terms) -> Answer:
    """GET /api/ai/models/{id}: the bare object."""
    name = call.params["id"]
    if name not in terms.models:
        raise Refused(Reason.NOT_LISTED, name)
    return Answer(200, _object(terms.models[name], terms))


def _page(kept: Iterator[Model], terms: Terms) -> Answer:
    return Answer(200, {"object": "list", "data": [_object(one, terms) for one in kept]})


def _kept(call: Call, terms: Terms) -> Iterator[Model]:
    """The models that every filter in the query admits."""
    wanted = {
        name: call.query[name]
        for name in ("developer_name", "provider_name", "action")
        if name in call.query
    }
    for one in terms.models.values():
        developer = (one.facts.get("developer") or {}).get("name", "")
        actual = {"developer_name": developer, "provider_name": developer, "action": "generate"}
        if all(actual[name].lower() == value.lower() for name, value in wanted.items()):
            yield one


def _object(one: Model, terms: Terms) -> dict[str, Any]:
    facts = one.facts
    released = facts.get("released_at")
    names = terms.assume["model-schema-name"]
    schemas = ("request_schema", "json_request_schema") if names == "both" else (names,)
    return {
        "id": one.id,
        "object": "model",
        "created": (instant(released) if released else EPOCH) // SECOND,
        "owned_by": "oxen",
        "display_name": facts.get("display_name"),
        "description": facts.get("description"),
        "summary": facts.get("summary"),
        "model_type": "base",
        "endpoint": ENDPOINTS[one.kind],
        "capabilities": {"input": facts["input"], "output": [one.kind]},
        "pricing": _pricing(one, terms.scenario),
        "fine_tuning": None,
        "deployments": [{"status": "active"}],
        "developer": facts.get("developer"),
        "source_model": None,
        "image_url": None,
        "released_at": released,
        **dict.fromkeys(schemas, one.schema),
        "showcase": None,
    }


def _pricing(one: Model, scenario: Scenario) -> dict[str, Any]:
    rate = scenario.prices.get(one.id, one.rate) / DOLLAR
    methods = {"video": "per_video_output_second", "image": "per_image", "text": "token"}
    return {
        "method": methods[one.kind],
        "input_cost_per_token": None,
        "output_cost_per_token": None,
        "cost_per_image": rate if one.kind == "image" else None,
        "cost_per_image_grid": None,
        "cost_per_second": rate if one.kind == "video" else None,
        "cost_per_second_by_resolution": None,
        "cost_per_second_with_audio": None,
        "cost_per_second_high_res": None,
    }
