from __future__ import annotations

import pytest

from emulator.media import Clip, Picture, Still, look, render
from emulator.media.images import decode
from tests.media.pictures import colours, distance, frames

FORMATS = ["png", "jpeg", "webp"]
SIZES = [(1024, 1024), (1280, 720), (720, 1280), (2048, 2048), (97, 61), (1, 1), (3, 200)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_still_is_a_file_of_the_format_and_size_asked_for(
    kind: str, width: int, height: int
) -> None:
    still = Still(width=width, height=height, format=kind, scene="a")
    assert look(render(still)) == Picture(width, height, f"image/{kind}")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_still_shows_what_a_clip_of_its_scene_opens_with(kind: str) -> None:
    still = Still(width=320, height=180, format=kind, scene="a")
    clip = Clip(width=320, height=180, seconds=1, scene="a")
    one = colours(decode(render(still)), 8, 6)
    two = colours(next(frames(render(clip))), 8, 6)
    assert distance(one, two) <= 4


def test_scenes_differ() -> None:
    told = {render(Still(width=64, height=64, scene=f"scene {at}")) for at in range(50)}
    assert len(told) == 50


def test_a_still_without_a_side_is_not_described() -> None:
    with pytest.raises(ValueError, match="a still's sides"):
        Still(width=0, height=5)
