from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from io import BytesIO
from itertools import pairwise

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.media import FPS, Clip, NotAnImage, Still, render
from tests.media.pictures import frames, image, samples

OFFERED = [
    (1280, 720, 4.0),
    (720, 1280, 5.5),
    (1920, 1080, 2.0),
    (1080, 1920, 1.0),
    (720, 720, 8.0),
    (1080, 1080, 3.0),
    (3840, 2160, 1.5),
]
START = image(64, 48)


def small(**told: object) -> Clip:
    return Clip(**{"width": 64, "height": 48, "seconds": 3.0, "scene": "a"} | told)


def boxes(data: bytes) -> list[tuple[str, int]]:
    """The name and the size of each box at the top of an MP4."""
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8].decode(), size))
        at += size
    assert at == len(data)
    return found


@pytest.mark.parametrize(("width", "height", "seconds"), OFFERED)
@pytest.mark.parametrize("start", [None, START])
def test_a_clip_has_the_size_and_the_frames_that_were_asked_for(
    width: int, height: int, seconds: float, start: bytes | None
) -> None:
    clip = Clip(width=width, height=height, seconds=seconds, scene="a", start=start)
    decoded = 0
    for frame in frames(render(clip)):
        assert (frame.width, frame.height) == (width, height)
        assert frame.time == pytest.approx(decoded / 24)
        decoded += 1
    assert decoded == clip.frames == round(seconds * 24)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(2, 37 * FPS),
    audio=st.booleans(),
    start=st.sampled_from([None, START]),
)
def test_the_container_tells_the_length_to_the_frame(
    count: int, audio: bool, start: bytes | None
) -> None:
    data = render(small(seconds=count / FPS, audio=audio, start=start))
    with av.open(BytesIO(data)) as container:
        video = container.streams.video[0]
        assert video.time_base is not None
        assert video.duration is not None
        assert container.duration is not None
        assert (video.frames, video.average_rate, video.start_time) == (count, 24, 0)
        assert video.duration * video.time_base == Fraction(count, 24)
        assert container.duration / av.time_base == pytest.approx(count / 24, abs=1e-5)
        assert len(container.streams.audio) == audio
    assert sum(1 for _ in frames(data)) == count


@pytest.mark.parametrize("seconds", [1, 5.5, 8, 37])
def test_sound_lasts_as_long_as_the_picture(seconds: float) -> None:
    with av.open(BytesIO(render(small(seconds=seconds, audio=True)))) as container:
        track = container.streams.audio[0]
        heard = list(container.decode(track))
    assert (track.codec_context.name, track.rate, track.start_time) == ("aac", 48_000, 0)
    assert track.duration * track.time_base == seconds
    assert heard[0].pts == 0
    # A decoder may give the last block whole, though the file says that it ends sooner.
    assert 0 <= sum(frame.samples for frame in heard) - seconds * 48_000 < 1024


def test_sound_and_picture_stand_side_by_side_in_the_file() -> None:
    with av.open(BytesIO(render(small(seconds=20, audio=True)))) as container:
        times = [
            float(packet.dts * packet.time_base)
            for packet in container.demux()
            if packet.dts is not None
        ]
    assert max(before - after for before, after in pairwise(times)) < 0.5


@pytest.mark.parametrize("told", [{}, {"audio": True}, {"start": START}])
def test_the_index_comes_before_the_frames(told: dict[str, object]) -> None:
    names = [name for name, _ in boxes(render(small(**told)))]
    assert names[0] == "ftyp"
    assert names.index("moov") < names.index("mdat")
    assert names.count("moov") == names.count("mdat") == 1


def test_timestamps_rise_and_each_second_opens_with_a_key_frame() -> None:
    with av.open(BytesIO(render(small(seconds=4, start=START)))) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    unit = packets[0].time_base / FPS / packets[0].time_base
    stamps = [(packet.pts or 0) * packet.time_base for packet in packets]
    assert stamps == [at * unit for at in range(96)]
    assert [packet.dts for packet in packets] == [packet.pts for packet in packets]
    assert [at for at, packet in enumerate(packets) if packet.is_keyframe] == [0, 24, 48, 72]


def test_the_index_tells_players_where_the_key_frames_are() -> None:
    with av.open(BytesIO(render(small(seconds=3, start=START)))) as container:
        index = [entry.is_keyframe for entry in container.streams.video[0].index_entries]
    assert [at for at, is_key in enumerate(index) if is_key] == [0, 24, 48]


def test_the_encoder_does_not_sign_each_second() -> None:
    assert b"x264" not in render(small(seconds=4, start=START))


@pytest.mark.parametrize(
    ("seconds", "count"), [(1, 24), (5.5, 132), (37, 888), (1.98, 48), (2.01, 48), (0.0833, 2)]
)
def test_seconds_are_rounded_to_the_nearest_frame(seconds: float, count: int) -> None:
    assert small(seconds=seconds).frames == count


def test_a_player_may_begin_at_any_key_frame() -> None:
    data = render(small(seconds=4, start=START))
    whole = [samples(frame) for frame in frames(data)]
    with av.open(BytesIO(data)) as container:
        stream = container.streams.video[0]
        container.seek(2 * av.time_base)
        rest = [samples(frame) for frame in container.decode(stream)]
    assert rest == whole[48:]


def test_a_placeholder_moves_and_returns() -> None:
    seen = [samples(frame) for frame in frames(render(small(seconds=2)))]
    assert seen[:24] == seen[24:]
    assert len({b"".join(frame) for frame in seen[:24]}) == 24


def test_a_start_frame_rests_for_a_second_and_the_placeholder_follows() -> None:
    seen = [samples(frame) for frame in frames(render(small(seconds=2, start=START)))]
    placeholder = [samples(frame) for frame in frames(render(small(seconds=1)))]
    assert all(frame == seen[0] for frame in seen[:24])
    assert seen[0] != placeholder[0]
    assert seen[24:] == placeholder


def test_the_placeholder_is_its_scenes_and_nothing_elses() -> None:
    once = [samples(frame) for frame in frames(render(small(seconds=1)))]
    longer = [samples(frame) for frame in frames(render(small(seconds=2, audio=True)))]
    elsewhere = [samples(frame) for frame in frames(render(small(seconds=1, scene="b")))]
    assert longer[:24] == once
    assert elsewhere[0] != once[0]


TOLD = """
from hashlib import sha256
from emulator.media import Clip, Still, render
from tests.media.pictures import image
for thing in (
    Clip(width=320, height=180, seconds=2.5, audio=True, scene="a"),
    Clip(width=320, height=180, seconds=2.5, scene="b", start=image(40, 30)),
    *(Still(width=65, height=33, scene="a", format=kind) for kind in ("png", "jpeg", "webp")),
):
    data = render(thing)
    assert render(thing) == data
    print(sha256(data).hexdigest())
"""


def test_the_same_description_is_the_same_bytes_in_every_process() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", TOLD],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert len(set(told[0])) == 5


@pytest.mark.parametrize(
    "told", [{"width": 63}, {"height": 47}, {"width": 0}, {"height": -2}, {"seconds": 0.04}]
)
def test_a_clip_that_cannot_be_is_not_described(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a clip"):
        small(**told)


@pytest.mark.parametrize("start", [b"", b"garbage", START[:-20]])
def test_a_start_frame_that_does_not_decode_is_refused(start: bytes) -> None:
    with pytest.raises(NotAnImage):
        render(small(start=start))


def test_descriptions_are_values() -> None:
    assert {small(start=START), small(start=bytes(START))} == {small(start=START)}
    assert Still(width=1, height=2) == Still(width=1, height=2, format="png", scene="")
