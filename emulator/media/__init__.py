"""Clips and stills with the right length, size and first frame, and what inline media really are.

Everything here is a pure function of its arguments, beside a `Store` that remembers.
"""

from emulator.media.apart import Apart
from emulator.media.clips import FPS, Clip, Format, Still, name
from emulator.media.films import Film, NotAVideo, look_at_video
from emulator.media.headers import NotAnImage, Picture
from emulator.media.images import look
from emulator.media.inline import NotADataUrl, data_url
from emulator.media.rendering import render
from emulator.media.store import Rendered, Store

__all__ = [
    "FPS",
    "Apart",
    "Clip",
    "Film",
    "Format",
    "NotADataUrl",
    "NotAVideo",
    "NotAnImage",
    "Picture",
    "Rendered",
    "Still",
    "Store",
    "data_url",
    "look",
    "look_at_video",
    "name",
    "render",
]
