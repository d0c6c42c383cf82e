"""Omixa's video-jobs API: create, status, models, usage and result files."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.providers.links import named
from emulator.providers.models import Model, catalogue, model
from emulator.providers.omixa import read, write
from emulator.providers.omixa.assumptions import ASSUMPTIONS
from emulator.providers.omixa.refuse import refuse
from emulator.providers.omixa.signature import guard
from emulator.providers.port import Call, Kind, Provider, Route


def models(assume: Mapping[str, str]) -> dict[str, Model]:
    """The models by name."""
    return {page["id"]: model(page) for page in catalogue(__name__)}


def _linked(call: Call) -> str | None:
    return named(call.query.get("signature", ""))


PROVIDER = Provider(
    name="omixa",
    title="Omixa",
    hosts=("www.omixa.cloud", "omixa.cloud"),
    prefixes=("/api/v1/",),
    assumptions=ASSUMPTIONS,
    models=models,
    refuse=refuse,
    guard=guard,
    routes=(
        Route(
            "create",
            Kind.SUBMIT,
            "POST",
            "/api/v1/videos/jobs",
            read.create,
            write.created,
            wait=write.waited,
        ),
        Route("status", Kind.JOB, "POST", "/api/v1/videos/jobs/status", read.status, write.polled),
        Route(
            "status",
            Kind.JOB,
            "GET",
            "/api/v1/videos/jobs/status",
            read.status_by_query,
            write.polled,
        ),
        Route("models", Kind.TABLE, "GET", "/api/v1/models", read.models, write.models),
        Route("usage", Kind.LIST, "GET", "/api/v1/usage/requests", read.usage, write.usage),
        Route("rollups", Kind.LIST, "GET", "/api/v1/usage/rollups", read.rollups, write.rollups),
        Route(
            "download",
            Kind.FILE,
            "GET",
            "/api/v1/videos/files/{file}",
            read.download,
            write.downloaded,
            linked=_linked,
        ),
    ),
    sample=(
        "POST",
        "/api/v1/videos/jobs",
        {"model": "veo-3.1-lite-generate-001", "prompt": "A slow pan over a foggy lake"},
    ),
)
