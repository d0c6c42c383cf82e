"""The request signature of an older edition of the docs, where it is required."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from emulator.core.clock import SECOND
from emulator.providers.port import Answer
from tests.providers.desk import JOBS, LITE, Desk

KEY = "omx_live_xxx"
BODY = json.dumps(LITE).encode()
STATUS = f"{JOBS}/status"


def desk() -> Desk:
    """A world that wants signatures."""
    return Desk(assume={"omixa.signature": "required"})


def signed(desk: Desk, **other: Any) -> dict[str, str]:
    """The headers of a signed create; a part of what is signed may be another."""
    parts = {"stamp": str(desk.clock // SECOND), "method": "POST", "path": JOBS, "body": BODY}
    parts |= {"secret": KEY, **other}
    text = f"{parts['stamp']}.{parts['method']}.{parts['path']}.".encode() + parts["body"]
    mac = hmac.new(parts["secret"].encode(), text, sha256).hexdigest()
    return {"x-omixa-timestamp": parts["stamp"], "x-omixa-signature": f"sha256={mac}"}


def sent(desk: Desk, headers: dict[str, str]) -> Answer:
    """A create with these headers."""
    return desk.post(JOBS, BODY, headers=headers, key=KEY)


def test_a_create_with_the_right_signature_is_accepted() -> None:
    world = desk()
    assert sent(world, signed(world)).status == 200


def test_a_poll_is_signed_like_a_create_and_its_query_is_not() -> None:
    world = desk()
    operation = sent(world, signed(world)).body["operation"]
    headers = signed(world, method="GET", path=STATUS, body=b"")
    query = f"{STATUS}?operation={operation}"
    assert world.get(query, headers=headers, key=KEY).status == 200


OTHER: tuple[dict[str, Any], ...] = (
    {"secret": "omx_live_yyy"},
    {"method": "post"},
    {"path": f"{JOBS}/"},
    {"path": "/videos/jobs"},
    {"body": BODY + b" "},
    {"body": b""},
    {"stamp": "0"},
    {"stamp": "yesterday"},
    {"stamp": ""},
    {"stamp": "-1"},
)


@pytest.mark.parametrize("other", OTHER)
def test_a_signature_of_something_else_is_refused(other: dict[str, Any]) -> None:
    world = desk()
    answer = sent(world, signed(world, **other))
    assert answer.status == 401
    assert answer.body["error"]["type"] == "authentication_error"
    assert answer.body["error"]["code"] == "invalid_signature"
    assert not world.jobs


@pytest.mark.parametrize("name", ["x-omixa-timestamp", "x-omixa-signature"])
def test_both_headers_are_needed(name: str) -> None:
    world = desk()
    headers = {key: one for key, one in signed(world).items() if key != name}
    assert sent(world, headers).status == 401


@pytest.mark.parametrize("form", ["{}", "sha1={}", "SHA256={}", "sha256={}0"])
def test_a_signature_has_one_form(form: str) -> None:
    world = desk()
    headers = signed(world)
    mac = headers["x-omixa-signature"].removeprefix("sha256=")
    assert sent(world, {**headers, "x-omixa-signature": form.format(mac)}).status == 401


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
def test_the_clocks_may_differ_by_five_minutes(off: int, status: int) -> None:
    world = desk()
    stamp = str(world.clock // SECOND + off)
    assert sent(world, signed(world, stamp=stamp)).status == status


def test_a_wrong_signature_is_reported_before_a_wrong_body() -> None:
    answer = desk().post(JOBS, {**LITE, "seconds": "eight"}, key=KEY)
    assert answer.status == 401


def test_a_result_link_needs_none() -> None:
    world = desk()
    operation = sent(world, signed(world)).body["operation"]
    headers = signed(world.after(40), method="GET", path=STATUS, body=b"")
    shown = world.get(f"{STATUS}?operation={operation}", headers=headers, key=KEY)
    assert world.get(shown.body["data"][0]["url"], key=None).status == 200


def test_where_none_is_required_a_wrong_one_does_not_matter() -> None:
    world = Desk()
    assert sent(world, signed(world, secret="other")).status == 200
