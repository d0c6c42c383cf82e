"""The Oxen hub's inference API: queue, sync generation, event stream, history and models."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emulator.core.clock import SECOND
from emulator.core.refusals import Reason, Refused
from emulator.providers.links import named
from emulator.providers.oxen import catalogue, read, write
from emulator.providers.oxen.assumptions import ASSUMPTIONS
from emulator.providers.oxen.refuse import MINIMUM_CLI, refuse
from emulator.providers.port import Call, Kind, Provider, Route, Stream, Terms
from emulator.providers.sse import comment

KEEP_ALIVE = comment("keep-alive")
VERSION = re.compile(r"/(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
MINIMUM = tuple(map(int, MINIMUM_CLI.split(".")))


def guard(call: Call, operation: str, terms: Terms) -> None:
    """Refused for a client whose User-Agent makes the hub take it for an outdated CLI."""
    gate = terms.assume["user-agent-gate"]
    if gate == "everywhere" or (gate == "files" and operation == "download"):
        agent = call.headers.get("user-agent", "").lower()
        if "oxen" in agent and "postman" not in agent and not _new_enough(agent):
            raise Refused(Reason.OUTDATED_CLIENT, agent)


def _new_enough(agent: str) -> bool:
    found = VERSION.search(agent)
    return found is not None and tuple(map(int, found.groups())) >= MINIMUM


def _open(assume: Mapping[str, str]) -> bool:
    return assume["public-models"] == "open"


def _linked(call: Call) -> str | None:
    return named(call.query.get("oxen_signature", ""))


def _opening(assume: Mapping[str, str]) -> bytes:
    return KEEP_ALIVE if assume["stream-opening"] == "comment" else b""


PROVIDER = Provider(
    name="oxen",
    title="Oxen hub",
    hosts=("hub.oxen.ai", "dev.hub.oxen.ai"),
    prefixes=("/api/",),
    assumptions=ASSUMPTIONS,
    models=catalogue.models,
    refuse=refuse,
    guard=guard,
    routes=(
        Route("enqueue", Kind.SUBMIT, "POST", "/api/ai/queue", read.enqueue, write.enqueued),
        Route("list", Kind.LIST, "GET", "/api/ai/queue", read.listing, write.listed),
        Route("status", Kind.JOB, "GET", "/api/ai/queue/{id}", read.status, write.one),
        Route("cancel", Kind.CANCEL, "DELETE", "/api/ai/queue/{id}", read.cancel, write.cancelled),
        Route("history", Kind.LIST, "GET", "/api/ai/generations", read.history, write.history),
        Route("record", Kind.JOB, "GET", "/api/ai/generations/{id}", read.status, write.recorded),
        Route(
            "generate",
            Kind.SUBMIT,
            "POST",
            "/api/ai/videos/generate",
            read.generate,
            write.generated,
            wait=write.blocked,
        ),
        Route(
            "generate_image",
            Kind.SUBMIT,
            "POST",
            "/api/ai/images/generate",
            read.generate_image,
            write.generated,
            wait=write.blocked,
        ),
        Route(
            "models", Kind.TABLE, "GET", "/api/ai/models", read.models, catalogue.listed, open=_open
        ),
        Route(
            "search",
            Kind.TABLE,
            "GET",
            "/api/ai/models/search",
            read.search,
            catalogue.found,
            open=_open,
        ),
        Route(
            "model",
            Kind.TABLE,
            "GET",
            "/api/ai/models/{id}",
            read.models,
            catalogue.shown,
            open=_open,
        ),
        Route(
            "download",
            Kind.FILE,
            "GET",
            "/api/repos/{path:rest}",
            read.download,
            write.downloaded,
            linked=_linked,
        ),
        Stream(
            "events",
            "GET",
            "/api/events",
            tell=write.tell,
            opening=_opening,
            idle=KEEP_ALIVE,
            every=15 * SECOND,
            read=read.events,
        ),
    ),
    sample=(
        "POST",
        "/api/ai/queue",
        {
            "model": "google-veo-3-1-lite",
            "prompt": "A slow pan over a foggy lake",
            "input_image": "https://example.com/lake.png",
        },
    ),
)
