from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.media.pictures import image, png_chunk, png_claiming
from tests.providers.desk import JOBS, LITE, PHOTO, Desk, inline, part

PNG, JPEG, WEBP = (image(64, 36, kind=kind) for kind in ("png", "jpeg", "webp"))
FRAMES = ("start_frame", "first_frame", "image", "input_reference", "reference_images")
FORMS = {"object": part, "data URL": str}


def heavy(size: int) -> bytes:
    """A picture that decodes and has so many bytes: it carries a private chunk."""
    end = png_chunk(b"IEND", b"")
    padding = png_chunk(b"ruSt", bytes(size - len(PNG) - 12))
    return PNG.removesuffix(end) + padding + end


def asked(name: str, value: Any) -> dict[str, Any]:
    """A create with an image in this field."""
    return {**LITE, name: [value] if name == "reference_images" else value}


GOOD = {
    "png": inline(PNG, "image/png"),
    "jpeg": inline(JPEG, "image/jpeg"),
    "jpeg that calls itself png": inline(JPEG, "image/png"),
    "capitals": f"DATA:IMAGE/PNG;BASE64,{b64encode(PNG).decode()}",
    "one pixel": inline(image(1, 1)),
    "tall": inline(image(36, 64)),
}
BAD = {
    "webp": inline(WEBP, "image/webp"),
    "webp that calls itself png": inline(WEBP, "image/png"),
    "svg": inline(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
    "gif": inline(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif"),
    "text": inline(b"a lake", "text/plain"),
    "text that calls itself png": inline(b"a lake", "image/png"),
    "a png's first half": inline(PNG[: len(PNG) // 2]),
    "a jpeg's first half": inline(JPEG[: len(JPEG) // 2], "image/jpeg"),
    "a png's head alone": inline(PNG[:33]),
    "a png with a byte turned": inline(PNG[:60] + bytes([PNG[60] ^ 0xFF]) + PNG[61:]),
    "no size": inline(png_claiming(0, 0)),
    "more pixels than there can be": inline(png_claiming(100_000, 100_000)),
    "nothing": "data:image/png;base64,",
    "not base64": "data:image/png;base64,%%%%",
    "base64 without padding": inline(PNG).rstrip("=") + "A",
    "not marked as base64": f"data:image/png,{b64encode(PNG).decode()}",
    "base64 alone": b64encode(PNG).decode(),
    "a placeholder": "data:image/png;base64,<base64-start-frame>",
    "a link": "https://example.com/lake.png",
    "a link without encryption": "http://example.com/lake.png",
    "a path": "file:///etc/passwd",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("url", GOOD.values(), ids=GOOD)
def test_a_picture_that_decodes_is_taken(url: str, name: str, form: Any) -> None:
    assert Desk().post(JOBS, asked(name, form(url))).status == 200


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_anything_else_fails_validation_and_is_named(url: str, form: Any) -> None:
    for name in FRAMES:
        desk = Desk()
        answer = desk.post(JOBS, asked(name, form(url)))
        assert answer.status == 422
        assert answer.body["error"]["code"] == "invalid_payload"
        assert answer.body["error"]["message"].startswith(name)
        assert not desk.jobs


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_nor_may_it_be_the_last_frame(url: str) -> None:
    answer = Desk().post(JOBS, {**LITE, "start_frame": PHOTO, "end_frame": url})
    assert answer.status == 422
    assert answer.body["error"]["message"].startswith("end_frame")


def test_one_bad_reference_among_good_ones_is_enough() -> None:
    answer = Desk().post(JOBS, {**LITE, "reference_images": [PHOTO, part(PHOTO), "a lake"]})
    assert answer.status == 422


@pytest.mark.parametrize(("size", "status"), [(19_900_000, 200), (21 * 2**20, 422)])
def test_a_picture_has_at_most_twenty_megabytes(size: int, status: int) -> None:
    data = heavy(size)
    assert len(data) == size
    answer = Desk().post(JOBS, asked("start_frame", inline(data)))
    assert answer.status == status
