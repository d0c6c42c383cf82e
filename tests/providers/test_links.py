from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.refusals import Reason, Refused
from emulator.providers.links import named, sign, verify

PATHS = st.text(min_size=1).map("/".__add__)
WORLDS = st.from_regex(r"[A-Za-z0-9_-]+", fullmatch=True)
SECRETS = st.binary(min_size=1, max_size=32)
INSTANTS = st.integers(0, 10**17)


def refused(path: str, signature: str, secret: bytes, now: int) -> bool:
    """Whether a link is refused; nothing else may come of it."""
    try:
        verify(path, signature, secret, now)
    except Refused as no:
        return no.reason is Reason.BAD_LINK
    return False


@settings(deadline=None)
@given(path=PATHS, world=WORLDS, secret=SECRETS, expires=INSTANTS, left=st.integers(1, 10**12))
def test_a_signature_names_its_world_and_works_until_its_second_comes(
    path: str, world: str, secret: bytes, expires: int, left: int
) -> None:
    signature = sign(path, world, secret, expires)
    edge = expires // SECOND * SECOND
    assert named(signature) == world
    assert not refused(path, signature, secret, edge - left)
    assert refused(path, signature, secret, edge)
    assert refused(path, signature, secret, edge + left)


@settings(deadline=None)
@given(one=PATHS, other=PATHS, world=WORLDS, secret=SECRETS, theirs=SECRETS)
def test_it_fits_no_other_path_and_no_other_secret(
    one: str, other: str, world: str, secret: bytes, theirs: bytes
) -> None:
    assume(one != other)
    assume(secret.ljust(32, b"\0") != theirs.ljust(32, b"\0"))
    signature = sign(one, world, secret, SECOND)
    assert refused(other, signature, secret, 0)
    assert refused(one, signature, theirs, 0)


@settings(deadline=None)
@given(later=st.integers(2, 10**9))
def test_its_expiry_cannot_be_put_off(later: int) -> None:
    world, _, mac = sign("/file", "desk", b"secret", SECOND).split(".")
    assert refused("/file", f"{world}.{later}.{mac}", b"secret", 0)


@settings(deadline=None)
@given(text=st.text())
def test_no_text_makes_it_stumble(text: str) -> None:
    named(text)
    assert refused("/file", text, b"secret", 0)


@pytest.mark.parametrize("text", ["", "a", "a.b", ".1.mac", "..", "1.mac"])
def test_what_has_not_the_form_names_no_world(text: str) -> None:
    assert named(text) is None
