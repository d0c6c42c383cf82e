from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from emulator.media import Clip, NotAnImage, Still, Store, render, rendering
from emulator.media import store as storing
from tests.media.pictures import image, other, slope

STARTS = [image(64, 48, slope), image(64, 48, other)]


def clip(scene: str = "a", **told: object) -> Clip:
    return Clip(**{"width": 64, "height": 48, "seconds": 2.0, "scene": scene} | told)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each costly thing was done."""
    counted: Counter[str] = Counter()
    spied: list[tuple[object, str]] = [(storing, "render")]
    spied += [(rendering, name) for name in ("loop", "still", "opening")]
    for module, name in spied:
        monkeypatch.setattr(module, name, counting(counted, name, getattr(module, name)))
    return counted


def counting(
    counted: Counter[str], name: str, real: Callable[..., object]
) -> Callable[..., object]:
    def call(*given: object) -> object:
        counted[name] += 1
        return real(*given)

    return call


def test_a_file_is_rendered_once_and_is_what_render_makes(calls: Counter[str]) -> None:
    store = Store()
    first = store.get(clip())
    assert store.get(clip()) is first
    assert first.data == render(clip())
    assert calls["render"] == 1


def test_media_types_follow_the_format() -> None:
    store = Store()
    kinds = [
        store.get(Still(width=8, height=8, format=kind)).mime for kind in ("png", "jpeg", "webp")
    ]
    assert kinds == ["image/png", "image/jpeg", "image/webp"]
    assert store.get(clip()).mime == "video/mp4"


def test_an_entity_tag_is_strong_and_stands_for_the_bytes() -> None:
    things = [clip(), clip("b"), clip(seconds=3.0), clip(audio=True), clip(width=80)]
    things += [clip(start=start) for start in STARTS]
    store, elsewhere = Store(), Store()
    tags = [store.get(thing).etag for thing in things]
    assert len(set(tags)) == len(things)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags)
    assert [elsewhere.get(thing).etag for thing in things] == tags


def test_descriptions_of_the_same_frames_share_one_file() -> None:
    store = Store()
    assert store.get(clip(seconds=2.0)) is store.get(clip(seconds=2.01))


def test_clips_share_their_placeholder(calls: Counter[str]) -> None:
    store = Store()
    store.get(clip(seconds=2.0))
    store.get(clip(seconds=8.0, audio=True))
    assert calls["loop"] == 1
    store.get(clip("b"))
    assert calls["loop"] == 2


def test_of_a_start_frame_only_the_picture_itself_is_encoded(calls: Counter[str]) -> None:
    store = Store()
    for start in STARTS:
        store.get(clip(start=start))
    assert calls == {"render": 2, "loop": 1, "still": 1, "opening": 2}


def test_parts_of_one_size_are_not_used_for_another() -> None:
    store = Store()
    things = [clip(start=STARTS[0]), clip(start=STARTS[0], width=320, height=240)]
    for thing in things:
        assert store.get(thing).data == render(thing)


def test_a_store_stays_within_its_bound() -> None:
    one = len(render(clip()))
    store = Store(bound=5 * one)
    for scene in range(20):
        store.get(clip(f"scene {scene}"))
        assert 0 < store.held <= 5 * one


def test_what_is_bigger_than_the_bound_is_served_and_not_kept(calls: Counter[str]) -> None:
    store = Store(bound=100)
    assert store.get(clip()) == store.get(clip())
    assert store.held == 0
    assert calls["render"] == 2


def test_what_was_asked_for_least_recently_goes_first(calls: Counter[str]) -> None:
    stills = [Still(width=64, height=64, scene=scene) for scene in "abc"]
    room = sum(len(render(still)) for still in stills) - 1
    store = Store(bound=room)
    for still in (stills[0], stills[1], stills[0], stills[2]):
        store.get(still)
    assert calls["render"] == 3
    store.get(stills[0])
    assert calls["render"] == 3
    store.get(stills[1])
    assert calls["render"] == 4


def test_many_threads_asking_for_one_clip_get_one_file(calls: Counter[str]) -> None:
    store, gate = Store(), Barrier(8)

    def ask(_: int) -> object:
        gate.wait(10)
        return store.get(clip(width=640, height=360))

    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(ask, range(8)))
    assert all(file is files[0] for file in files)
    assert calls["render"] == 1


def test_threads_rendering_different_clips_do_not_disturb_each_other() -> None:
    things = [clip(f"scene {at % 4}", start=[None, *STARTS][at % 3]) for at in range(12)]
    store = Store()
    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(store.get, things))
    assert [file.data for file in files] == [render(thing) for thing in things]


def test_a_broken_start_frame_is_refused_each_time_and_not_kept() -> None:
    store = Store()
    for _ in range(2):
        with pytest.raises(NotAnImage, match="neither PNG"):
            store.get(clip(start=b"not an image"))
    assert store.held == 0
