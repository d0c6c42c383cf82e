"""Makes the bytes of a clip or a still from its description, and from nothing else.

A clip is put together, not encoded: a second of its placeholder is encoded once and repeated.
With a start frame the first second is that picture at rest, of which only the key frame is new,
and the placeholder follows. Hence eight seconds cost what one does.
"""

from __future__ import annotations

from itertools import chain, cycle, islice

from emulator.media.clips import Clip, Still
from emulator.media.fit import fit
from emulator.media.images import decode
from emulator.media.mp4 import mp4
from emulator.media.reels import Reel, loop, opening, still
from emulator.media.shelf import Shelf
from emulator.media.stills import encode


def render(thing: Clip | Still, shelf: Shelf | None = None) -> bytes:
    """The file: an MP4 of a clip, or a still in its own format. The same thing, the same bytes.

    A clip is H.264 at exactly 24 frames a second, with its index in front, and a silent AAC
    track of the same length if it has audio. Its first frame is the start frame, cropped at the
    middle to the clip's shape and then scaled; else the placeholder of its scene. Parts that clips
    share are kept on `shelf`. Raises `NotAnImage` if the start frame does not decode.
    """
    if isinstance(thing, Still):
        return encode(thing)
    reel = _reel(thing, Shelf(0) if shelf is None else shelf)
    return mp4(reel, thing.width, thing.height, audio=thing.audio)


def _reel(clip: Clip, shelf: Shelf) -> Reel:
    head: Reel = ()
    if clip.start is not None:
        head = opening(fit(decode(clip.start), clip.width, clip.height)) + _rest(clip, shelf)
    return tuple(islice(chain(head, cycle(_loop(clip, shelf))), clip.frames))


def _loop(clip: Clip, shelf: Shelf) -> Reel:
    scene, *size = clip.scene, clip.width, clip.height
    return shelf.get(("loop", scene, *size), lambda: loop(scene, *size), _weigh)


def _rest(clip: Clip, shelf: Shelf) -> Reel:
    size = clip.width, clip.height
    return shelf.get(("still", *size), lambda: still(*size), _weigh)


def _weigh(reel: Reel) -> int:
    return sum(map(len, reel))
