from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emulator.media.painting import Painting
from emulator.media.scenery import LOOP, imagine
from tests.media.pictures import samples

SIDES = st.integers(1, 2160)


@given(scene=st.text(), width=SIDES, height=SIDES)
def test_waves_go_on_evenly_over_the_end_of_the_loop(scene: str, width: int, height: int) -> None:
    for wave in imagine(scene, width, height).waves:
        places = [wave.offset(moment) for moment in range(2 * LOOP + 1)]
        steps = {(there - here) % wave.length for here, there in pairwise(places)}
        assert len(steps) == 1
        assert places[0] == places[LOOP] == places[2 * LOOP]


@given(scene=st.text(), width=SIDES, height=SIDES)
def test_colours_are_those_of_television(scene: str, width: int, height: int) -> None:
    scenery = imagine(scene, width, height)
    for colour in (scenery.zenith, scenery.horizon, scenery.sun.colour):
        luma, *chroma = colour
        assert 16 <= luma <= 235
        assert all(16 <= value <= 240 for value in chroma)


@given(scene=st.text(max_size=5), width=st.integers(1, 90), height=st.integers(1, 90))
def test_every_size_can_be_painted(scene: str, width: int, height: int) -> None:
    painting = Painting(scene, width, height)
    first = samples(painting.at(0))
    painting.at(7)
    assert samples(painting.at(LOOP)) == first
    assert [len(plane) for plane in first] == [
        width * height,
        *([(width + 1) // 2 * ((height + 1) // 2)] * 2),
    ]
