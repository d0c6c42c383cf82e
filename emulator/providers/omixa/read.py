"""From a call to Omixa to a command or a query. Pure: the instant is in the call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.core.clock import MINUTE
from emulator.core.commands import Browse, Find, Know, Submit
from emulator.core.jobs import Draft, Extension
from emulator.core.refusals import Reason, Refused
from emulator.providers.body import json_object, whole
from emulator.providers.links import verify
from emulator.providers.models import Model
from emulator.providers.omixa import prices
from emulator.providers.omixa.fields import bad, check, first
from emulator.providers.omixa.inputs import Inputs, inputs
from emulator.providers.omixa.operations import job_of
from emulator.providers.omixa.workflow import (
    EXTENDED_SIDE,
    LONGEST_SOURCE,
    check_inputs,
    seconds,
    shot,
    workflow,
)
from emulator.providers.port import Call, Terms

FILE = re.compile(r"(.+)-(\d)\.mp4")


def create(call: Call, terms: Terms) -> Submit:
    """POST /videos/jobs. The order of checks is: shape, key's models, what the provider can do."""
    body = json_object(call)
    check(body, terms.assume)
    model = _model(body["model"], terms)
    draft = _draft(body, inputs(body, terms.assume), model, terms)
    wanted = terms.assume["idempotency"] == "honoured"
    return Submit(
        provider="omixa",
        drafts=(draft,),
        routed=True,
        route_first=terms.assume["check-order"] == "route-first",
        idempotency=call.headers.get("idempotency-key") if wanted else None,
    )


def status(call: Call, terms: Terms) -> Find:
    """POST /videos/jobs/status: the operation travels in the body."""
    if terms.assume["status-methods"] == "get":
        raise Refused(Reason.WRONG_METHOD, "GET")
    return _find(json_object(call), terms)


def status_by_query(call: Call, terms: Terms) -> Find:
    """GET /videos/jobs/status: the operation travels in the query."""
    if terms.assume["status-methods"] == "post":
        raise Refused(Reason.WRONG_METHOD, "POST")
    return _find(call.query, terms)


def models(call: Call, terms: Terms) -> Know:
    """GET /models."""
    return Know()


def usage(call: Call, terms: Terms) -> Browse:
    """GET /usage/requests: every job, newest first."""
    return Browse(provider="omixa")


def rollups(call: Call, terms: Terms) -> Browse:
    """GET /usage/rollups: only days are summed up."""
    if call.query.get("period_type", "day") != "day":
        raise bad("period_type", "must be day")
    return Browse(provider="omixa", newest_first=False)


def download(call: Call, terms: Terms) -> Find:
    """GET of a result link: the signature is the key."""
    verify(call.path, call.query.get("signature", ""), terms.secret, call.at)
    id, _ = file(call)
    return Find(provider="omixa", job=id)


def file(call: Call) -> tuple[str, int]:
    """The job and the number of the output that a result link's file name says."""
    found = FILE.fullmatch(call.params["file"])
    if found is None:
        raise Refused(Reason.NO_PATH, call.path)
    return found[1], int(found[2])


def _find(where: Any, terms: Terms) -> Find:
    others = ("operation_name", "operationName") if terms.assume["status-names"] == "any" else ()
    name = next((where[one] for one in ("operation", *others) if one in where), None)
    if not isinstance(name, str) or not name:
        raise bad("operation", "is required and must be a non-empty string")
    if (job := job_of(name, terms.models)) is None:
        raise Refused(Reason.UNKNOWN_JOB, name)
    return Find(provider="omixa", job=job)


def _model(name: str, terms: Terms) -> Model:
    if name not in terms.models:
        raise Refused(Reason.UNKNOWN_MODEL, f"model {name} does not exist.")
    if terms.allowed is not None and name not in terms.allowed:
        raise Refused(Reason.MODEL_FORBIDDEN, f"This key may not use {name}.")
    return terms.models[name]


def _draft(body: Mapping[str, Any], brought: Inputs, model: Model, terms: Terms) -> Draft:
    assume, scenario = terms.assume, terms.scenario
    kind = workflow(body, brought, assume)
    later = check_inputs(kind, brought, model, assume)
    length = seconds(kind, body, model, assume)
    picture = shot(kind, body, brought, model, assume, length=length)
    whole_result = kind == "extend" and assume["extend-bills"] == "whole"
    billed = picture.seconds if whole_result else length
    longest = max(billed, *model.media["durations"])
    held = longest if assume["hold-size"] == "longest" else billed
    samples = whole(first(body, "sample_count", 1)) or 1
    extends = None
    if kind == "extend" and brought.operation is not None:
        extends = Extension(
            job=job_of(brought.operation, terms.models) or "",
            longest=LONGEST_SOURCE,
            side=EXTENDED_SIDE,
            rate=prices.rate(model, scenario) if whole_result else 0,
        )
    return Draft(
        model=model.id,
        kind="video",
        shot=picture,
        timing=model.timing,
        price=prices.price(model, scenario, billed),
        hold=prices.hold(model, scenario, held, samples),
        outputs=samples,
        error=later,
        limit=30 * MINUTE if assume["job-timeout"] == "30m" else None,
        extends=extends,
        params={
            "prompt": body["prompt"],
            **{
                name: whole(body[name]) or 0
                for name in ("wait_seconds", "poll_interval_seconds")
                if name in body
            },
        },
    )
