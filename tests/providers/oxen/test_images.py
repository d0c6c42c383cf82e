"""The image model: on the queue, and what its files are."""

from __future__ import annotations

import pytest

from emulator.providers.port import File
from tests.providers.desk import QUEUE, Desk, enqueued, row

FLUX = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"}


def test_an_image_is_a_row_of_its_own_media_type() -> None:
    desk = Desk()
    (id,) = enqueued(desk, FLUX)
    shown = row(desk.after(40), id)
    assert (shown["media_type"], shown["model_name"]) == ("image", FLUX["model"])
    assert shown["status"] == "succeeded"


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_its_file_has_the_format_asked_for(format: str) -> None:
    desk = Desk()
    (id,) = enqueued(desk, FLUX, output_format=format)
    url = row(desk.after(40), id)["result_url"]
    assert url.partition("?")[0].endswith(f".{format}")
    assert desk.get(url).body == File(desk.jobs[0])
    assert desk.jobs[0].draft.shot.format == format


def test_without_one_it_is_a_png() -> None:
    desk = Desk()
    enqueued(desk, FLUX)
    assert desk.jobs[0].draft.shot.format == "png"


@pytest.mark.parametrize("ratio", ["1:1", "16:9", "9:16", "4:3", "3:4"])
def test_it_has_the_shape_asked_for(ratio: str) -> None:
    desk = Desk()
    enqueued(desk, FLUX, aspect_ratio=ratio)
    shot = desk.jobs[0].draft.shot
    wide, high = map(int, ratio.split(":"))
    assert shot.kind == "image"
    assert shot.width / shot.height == pytest.approx(wide / high, rel=0.01)


def test_four_images_are_four_jobs_and_four_prices() -> None:
    desk = Desk()
    enqueued(desk, FLUX, num_generations=4)
    assert desk.account("oxen").held == 40_000
    assert len({job.draft.shot.scene for job in desk.jobs}) == 4
    assert desk.get(f"{QUEUE}?media_type=image").body["count"] == 4
